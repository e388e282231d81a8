//! German.

use super::*;

pub(super) static REPORT: Report = Report {
    dates: DateWords {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        months_short: [
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez.",
        ],
        after_day: [".", "."],
        to: "bis",
        until_before: "bis vor dem",
    },
    page: PageWords {
        title: "{}: mittlere Energie je Aufgabe",
        subject: "Offenlegung der mittleren Energie je Aufgabe eines KI-Dienstes und wie sie ermittelt ist",
        keywords: &["Energie je Aufgabe", "künstliche Intelligenz", "Offenlegung"],
        disclosure: "Offenlegung Nr. {}, Fassung {}",
        page: "Seite {} von {}",
        contents: "Inhalt",
        legal_status: "Rechtlicher Stand",
        status: Some(
            "Kein Rechtsakt der EU schreibt eine Methode oder ein Format für die Energie von KI-Aufgaben vor. Dieses \
             Dokument folgt dem Vorlagenentwurf {} {}. Es ist weder ein EU-Label noch eine Zertifizierung oder \
             Konformitätsbewertung.",
        ),
        reading_title: "Wie die Werte zu lesen sind",
        reading: &[
            "Der Hauptwert hat zwei signifikante Stellen, Tabellen haben drei, bei Gleichstand zur geraden Ziffer gerundet; \
             die exakten Werte stehen in der angehängten Datei disclosure.json.",
            "Wo keine Zahl steht, sagt ein Wort, warum. „unbekannt“: Der Wert besteht und wurde uns nicht mitgeteilt. \
             „entfällt“: Einen solchen Wert kann es hier nicht geben. „nicht enthalten“: Der Wert ist bekannt und absichtlich \
             weggelassen. Eine „0“ ist eine Null.",
        ],
        not_stated: "nicht angegeben",
        range: "{} bis {}",
        all_tasks: "Alle Aufgaben",
        yes: "ja",
    },
    headline: HeadlineWords {
        mean: "Mittlere Energie des Rechenzentrums je abgeschlossener Aufgabe",
        mean_note: "Die Energie aller Aufgaben, auch der fehlgeschlagenen und abgebrochenen, geteilt durch die Zahl der \
                    abgeschlossenen. Kühlung und Stromverteilung sind mitgezählt.",
        interval: "95\u{2011}%-Intervall des Mittels",
        median: "Median der Aufgaben",
        it_mean: "IT-Energie je Aufgabe, ohne Kühlung und Verteilung",
        carbon: "Emissionen je Aufgabe, standortbasiert",
        completed: "Abgeschlossene Aufgaben",
        coverage: "Abdeckung",
        evidence: "Wie die Energie ermittelt ist",
        low_coverage: "Diese Werte beruhen auf {} der Aufgaben, die der Anbieter als erbracht erklärt.",
        modelled: "Ein Teil der Energie ist modelliert, nicht gemessen",
        modelled_note: "{} der Energie wurden aus Token oder Zeit und einem Koeffizienten berechnet. Das ist keine Messung \
                        durch den Betreiber des Dienstes.",
        public_note: "Zu diesen Werten",
    },
    identity: IdentityWords {
        title: "Angaben zur Offenlegung",
        provider: "Anbieter",
        legal_name: "Firma",
        lei: "LEI (ISO 17442)",
        role: "Rolle",
        kind: "Wessen Werte",
        contact: "Kontakt",
        service: "Dienst",
        period: "Zeitraum",
        template: "Vorlage",
        method: "Version der Methode",
        built_on: "Erstellt am",
        address: "Dauerhafte Adresse",
        number: "Offenlegung",
        supersedes: "Ersetzt",
        reason: "Grund",
        models: "Modelle, die die Aufgaben bearbeitet haben",
        model: "Modell",
        key: "Schlüssel",
        version: "Version",
        released: "Veröffentlicht am",
        sites: "Standorte, an denen die Aufgaben liefen",
        site: "Standort",
        zone: "Netzzone",
        hardware: "Beschleuniger der Standorte im Zeitraum",
        hardware_note: "Wie der Anbieter sie erklärt.",
        accelerator: "Beschleuniger",
        accelerators: "Anzahl",
        valid: "Gilt ab",
    },
    energy: EnergyWords {
        title: "Energie je Aufgabe",
        by_type: "Energie des Rechenzentrums je abgeschlossener Aufgabe nach Aufgabenart, in Wh",
        by_type_note: "Mittel: Energie aller Aufgaben geteilt durch die abgeschlossenen, mit beiden Enden des \
                       95\u{2011}%-Intervalls. Je 1.000 Ausgabe-Token: Energie der Aufgaben, die ihre Token nennen.",
        task_type: "Aufgabenart",
        completed: "Abgeschlossene Aufgaben",
        mean: "Mittel",
        low: "Unteres Ende",
        high: "Oberes Ende",
        it_mean: "Mittlere IT-Energie",
        per_tokens: "Je 1.000 Ausgabe-Token",
        spread: "Wie einzelne Aufgaben streuen: Energie je abgeschlossener Aufgabe, in Wh",
        spread_note: "Von einzelnen abgeschlossenen Aufgaben, aus einem Histogramm mit einem relativen Fehler von höchstens \
                      1\u{a0}%.",
        median: "Median",
        left_out: "Nicht darin",
        units: "Energie des Rechenzentrums je Arbeitsstück",
        units_note: "Von den Aufgaben, die nennen, wie viel sie erzeugt oder gelesen haben.",
        per: "Je",
        energy_wh: "Energie, Wh",
        pieces: ["Bild", "Seite", "Sekunde Ton", "Sekunde Video"],
        by_month: "Mittlere Energie des Rechenzentrums je abgeschlossener Aufgabe nach Monat, in Wh",
        by_month_note: "Ganze Kalendermonate (UTC) bis zum Ende des Zeitraums. Eine Änderung zwischen Monaten kann von anderen \
                        Arten von Aufgaben kommen: Die angehängte Datei enthält jede Aufgabenart und jedes Modell nach Monat.",
        month: "Monat",
        by_model: "Energie des Rechenzentrums je abgeschlossener Aufgabe nach Modell, in Wh",
        by_model_note: "Mit beiden Enden des 95\u{2011}%-Intervalls des Mittels; Emissionen sind standortbasiert, in g CO₂e je \
                        abgeschlossener Aufgabe.",
        all_of_model: "Alle seine Aufgaben",
        carbon: "Emissionen, g",
        boundary: "Was im Wert des Rechenzentrums enthalten ist",
        boundary_note: "Ein Teil, den der Anbieter nicht gemessen hat, wurde mit einem Faktor ergänzt; die Faktoren stehen \
                        darunter.",
        part: "Teil",
        included: "Enthalten",
        boundary_items: [
            "Beschleuniger",
            "Prozessoren und Speicher der Server",
            "Netzwerk",
            "Datenspeicher",
            "Leerlauf und vorgehaltene Kapazität",
            "Kühlung und Stromverteilung",
            "Abruf und Werkzeuge",
            "Gerät der nutzenden Person",
        ],
        factors: "Verwendete Faktoren zwischen den Schichten",
        factors_note: "PUE (power usage effectiveness): Energie des Rechenzentrums geteilt durch IT-Energie. Ein Standardwert \
                       der Methode steht, wo der Anbieter keinen Wert erklärt hat.",
        no_factors: "Keine: Gemeldet wurde die Energie ganzer Rechenzentren, und kein PUE wurde erklärt.",
        factor: "Faktor",
        value: "Wert",
        origin: "Herkunft",
        declared: "vom Anbieter erklärt",
        default: "Standardwert der Methode",
        of_energy: "Anteil der Energie: {}",
        without_declared: "Standorte ohne erklärten Wert",
        revision: "Revision {}",
    },
    inside: InsideWords {
        title: "Innerhalb einer Aufgabe",
        stages: "Anteil der Energie nach Art des Schritts",
        no_stages: "Kein Datensatz nennt die Schritte seiner Aufgabe.",
        step: "Schritt",
        share: "Anteil",
        overhead: "Abruf, Neuordnung und Prüfung zusammen, was ein Dienst aufwendet, damit seine Antworten stimmen: {} der \
                   Energie.",
        places: "Wo die Aufgaben liefen",
        place: "Ort",
        share_of_tasks: "Anteil der Aufgaben",
        share_of_energy: "Anteil der Energie",
        saving: [
            "Modelliert: Beim Mittel der Aufgaben ihrer Art in Rechenzentren hätten jene am Rand des Netzes und auf Geräten \
             {} mehr verbraucht.",
            "Modelliert: Beim Mittel der Aufgaben ihrer Art in Rechenzentren hätten jene am Rand des Netzes und auf Geräten \
             {} weniger verbraucht.",
        ],
        changes: "Änderung gegenüber dem Vergleich",
        changes_note: "Die mittlere Energie einer Aufgabe geteilt durch die des Vergleichs: 2 ist doppelt so viel. In Klammern \
                       beide Enden des 95\u{2011}%-Intervalls. Verglichen werden nur Aufgaben derselben Art, innerhalb derselben \
                       Grenze, nach derselben Methode und mit derselben Art der Ermittlung.",
        what: "Was",
        baseline: "Vergleich",
        times: "So viel Mal",
        ratio: ["{}-fach", "{}-fach ({} bis {})"],
        all_models: "Alle Modelle",
        not_compared: "nicht verglichen",
    },
    quality: QualityWords {
        title: "Güte der Daten",
        evidence: "Anteil der Energie nach Art der Ermittlung",
        kind: "Art",
        meaning: "Bedeutung",
        figures: "Abdeckung und worauf die Werte beruhen",
        estimates: "Woraus Aufgaben ohne Energieangabe geschätzt wurden",
        estimates_note: "Ihre Energie ist Teil der Werte und der Arten darüber.",
        estimated_from: "Geschätzt aus",
        coefficient: "Energie je Token des Modells, Revision {}",
        formula: "Formel über die Parameter des Modells",
        interval: "Das 95\u{2011}%-Intervall",
        interval_note: "Fehler einer Art werden mit der Zahl der Aufgaben nicht kleiner, daher werden untere und obere Enden \
                        addiert. Der größte Teil der Breite kommt von: {}.",
        sampling: "Nicht gemeldete Aufgaben sind berücksichtigt.",
        no_sampling: "Über nicht gemeldete Aufgaben sagt es nichts.",
        small_cells: "Kleine Gruppen",
        provider_says: "Was der Anbieter sagt",
        exclusions: "Aufgaben, die die Werte nicht beschreiben",
        which_tasks: "Welche Aufgaben, und warum",
        tasks: "Aufgaben",
        meters: "Erklärte Klassen der Zähler",
        meters_note: "Der größte Fehler nach beiden Seiten, bezogen auf die Anzeige.",
        instrument: "Instrument",
        instruments: ["Zähler", "Gerätezähler"],
        class: "Klasse",
        service_method: "Wie der Anbieter zu seinen Energiewerten kommt",
        method: "Die Methode in Kürze",
        method_text: "Ein Datensatz beschreibt eine Aufgabe mit allen Aufrufen, Suchen, Werkzeugen, Prüfungen und \
                      Wiederholungen, die sie auslöst; dafür steht der Anbieter ein. Ihre Energie ist gemessen, an \
                      Gerätezählern abgelesen, modelliert oder erklärt, innerhalb einer genannten Grenze. Fehlende Schichten \
                      werden mit erklärten Faktoren des Standorts oder mit gekennzeichneten Standardwerten bis zum \
                      Rechenzentrum ergänzt. Das Mittel ist ein Verhältnis von Summen: Energie aller Aufgaben geteilt durch \
                      abgeschlossene Aufgaben. Emissionen werden Stunde für Stunde mit dem Wert der Netzzone des Standorts \
                      berechnet. Energie wird in ganzen Zahlen exakt summiert, geteilt wird am Ende.",
    },
    carbon: CarbonWords {
        title: "Emissionen und Wasser",
        carbon: "Emissionen je abgeschlossener Aufgabe und aller Aufgaben",
        carbon_note: "Standortbasiert: Die Energie jeder Stunde wird mit der Emissionsintensität der Netzzone des \
                      Rechenzentrums in dieser Stunde multipliziert. Marktbasiert: Was der Anbieter gekauft hat, zählt mit \
                      dem Faktor seines Vertrags, der Rest mit dem Residualmix. Beide stehen nebeneinander und werden nicht \
                      addiert. Ein fehlender Wert zählt nie als null.",
        basis: "Grundlage und Abgrenzung der Faktoren",
        per_task: "je Aufgabe, g CO₂e",
        total: "alle, kg CO₂e",
        location: "Standortbasiert",
        market: "Marktbasiert",
        hours: "Standortbasierte Emissionen nach Stunde des Tages (UTC)",
        hours_note: "Über alle Tage und Standorte des Zeitraums: Emissionen einer Stunde geteilt durch die in ihr \
                     abgeschlossenen Aufgaben, und ihr Anteil an allen Emissionen.",
        hour: "Stunde (UTC)",
        hour_per_task: "Je Aufgabe, g CO₂e",
        share: "Anteil an den Emissionen",
        factors: "Verwendete Netzfaktoren",
        value_taken: "Verwendeter Wert",
        value_of: "Wert von {}",
        source: "Quelle",
        licence: "Lizenz",
        hours_used: "Stunden",
        revision: "Revision",
        release: "Ausgabe {}",
        ladder: "Anteil der Energie nach Art des Netzwerts",
        zones: "Anteil der Energie nach Netzzone",
        market_title: "Anteil der Energie nach Zählung im marktbasierten Wert",
        market_note: "Nie wird mehr gezählt, als in Zone und Zeit des Vertrags verbraucht wurde.",
        counted_at: "Gezählt mit",
        contracts: "Gezählte Verträge",
        contract: "Vertrag",
        valid: "Strom erzeugt ab",
        matched: "Abgleich",
        bought: "Gekauft, kWh",
        counted: "Hier gezählt, kWh",
        residuals: "Verwendete Residualmixe",
    },
    apart: ApartWords {
        water: "Wasser",
        water_note: "Wasser vor Ort ist IT-Energie mal dem erklärten Wasserverbrauch des Standorts (WUE); Wasser in Kraftwerken \
                     ist Energie des Rechenzentrums mal einem Faktor der Zone. Beide werden nicht addiert.",
        definitions: "Definitionen, nach denen die WUE gemessen wurde",
        definition: "Definition",
        known_definitions: [
            "Delegierte Verordnung (EU) 2024/1364",
            "Bewertungssystem für Rechenzentren C(2026) 3472",
            "ISO/IEC 30134-9",
        ],
        other_definition: "eine andere",
        water_factors: "Wasserfaktoren des Netzes",
        litres_per_kwh: "L/kWh",
        embodied: "Emissionen der Herstellung",
        embodied_note: "Was die Herstellung der Beschleuniger verursacht hat, verteilt auf die Stunden ihrer Lebensdauer und \
                        gezählt nach den von Aufgaben genutzten Stunden. Es ist nicht Teil der Emissionen je Aufgabe darüber.",
        embodied_table: "Für die Herstellung eines Beschleunigers erklärt",
        lifetime: "Lebensdauer in Stunden",
        includes: "Was enthalten ist",
        training: "Training",
        training_note: "Was das Training der Modelle erfordert hat, wie der Anbieter es angibt. Es ist nie Teil der Energie \
                        einer Aufgabe.",
        no_training: "Der Anbieter hat zum Training nichts veröffentlicht.",
        energy: "Energie",
        compute: "Rechenaufwand",
        operations: "Operationen",
        emissions: "Emissionen",
        trained: "Trainiert",
        zone: "Netzzone",
        how: "Wie ermittelt",
        method: "Methode",
        share_of_task: "Anteil einer Aufgabe, nie zu ihrer Energie addiert",
        share_sentence: "{} Wh für jede von {} Aufgaben, die das Modell voraussichtlich in seinem Leben bearbeitet",
    },
    scale: ScaleWords {
        title: "Umfang",
        totals: "Aufgaben und Energie des Zeitraums nach Aufgabenart",
        totals_note: "Auch fehlgeschlagene und abgebrochene Aufgaben haben Strom verbraucht: Ihre Energie ist in den Summen \
                      und im Mittel, in der Zahl, durch die geteilt wird, sind sie nicht.",
        failed: "Fehlge\u{ad}schlagen",
        cancelled: "Abge\u{ad}brochen",
        facility: "Energie des Rechenzentrums, kWh",
        it: "IT-Energie, kWh",
        equivalents: "So viel wie",
        equivalents_note: "Jeder Vergleich nennt seine Annahme; die Sätze sind englisch.",
        of_what: "Wert",
        as_much_as: "Mit anderen Worten",
        budgets: "Budgets des Anbieters",
        budgets_note: "Was von einem Budget für das Kalenderjahr bis zum Ende des Zeitraums verbraucht war.",
        budget: "Budget",
        year: "Jahr",
        all_services: "alle Dienste",
        allowance: "Erlaubt",
        used: "Verbraucht",
    },
    assurance: AssuranceWords {
        title: "Prüfbarkeit",
        verification: "Verifizierung",
        kind: "Wer die Werte verifiziert hat",
        standard: "Norm",
        verifier: "Verifizierende Stelle",
        date: "Datum",
        digests: "Prüfsumme",
        digests_note: "Die exakten Werte dieser Offenlegung haben eine Prüfsumme. Wer die Datei disclosure.json hat, von der \
                       dauerhaften Adresse oder aus diesem Dokument, kann sie nachrechnen.",
        digest: "SHA-256 von disclosure.json",
        history: "Frühere Fassungen",
        no_history: "Dies ist die erste Fassung.",
        published: "Veröffentlicht",
        reason: "Warum sie entstand",
        limits: "Bekannte Grenzen (englisch)",
        files: "Angehängte Dateien",
        files_note: "Diese Dateien sind in diesem Dokument enthalten, so wie sie veröffentlicht wurden.",
        file: "Datei",
        holds: "Inhalt",
        size: "Größe",
        attached_json: "Die exakten Werte der Offenlegung, kanonisches JSON",
        attached_xbri: "Die Fakten als in sich geschlossenes XBRL-Berichtspaket",
    },
    chart: ChartWords {
        types: "Balkendiagramm: mittlere Energie je abgeschlossener Aufgabe nach Aufgabenart",
        types_caption: "Mittlere Energie des Rechenzentrums je abgeschlossener Aufgabe, in Wh; die Linien zeigen das \
                        95\u{2011}%-Intervall des Mittels",
        months: "Zeitreihe: mittlere Energie je abgeschlossener Aufgabe nach Monat",
        months_caption: "Mittlere Energie des Rechenzentrums je abgeschlossener Aufgabe nach Monat, in Wh; die Linien zeigen \
                         das 95\u{2011}%-Intervall",
        stages: "Balkendiagramm: Anteil der Energie nach Art des Schritts",
        stages_caption: "Anteil der Energie nach Art des Schritts; schraffiert: Abruf, Neuordnung und Prüfung",
        evidence: "Ein Balken in Teilen: Anteil der Energie nach Art der Ermittlung",
        evidence_caption: "Anteil der Energie nach Art der Ermittlung",
        hours: "Säulendiagramm: standortbasierte Emissionen je abgeschlossener Aufgabe nach Stunde des Tages",
        hours_caption: "Standortbasierte Emissionen je abgeschlossener Aufgabe nach Stunde des Tages (UTC), in g CO₂e",
        item: "{} {}",
        item_interval: "{} {} ({} bis {})",
        same_in_table: "Die Tabelle darunter enthält dieselben Werte.",
        hour_axis: "Stunde des Tages (UTC)",
    },
    terms: TermWords {
        included: |included| match included {
            Included::Yes => "ja",
            Included::No => "nein",
            Included::Unknown => "unbekannt",
        },
        evidence: |evidence| match evidence {
            Evidence::Metered => {
                "an einem Zähler des Knotens, Schranks oder Standorts abgelesen und auf Aufgaben verteilt"
            }
            Evidence::Counter => "an Zählern in den Geräten abgelesen, etwa NVML oder RAPL",
            Evidence::Modelled => "aus Token oder Zeit und einem gemessenen Koeffizienten berechnet",
            Evidence::Declared => "aus Rechenaufwand oder Ausgaben abgeleitet",
        },
        interval: |source| match source {
            IntervalSource::Metered => "Fehler der Zähler",
            IntervalSource::Counter => "Fehler der Gerätezähler",
            IntervalSource::Coefficient => {
                "Energie, die mit einem anderswo gemessenen Koeffizienten modelliert ist"
            }
            IntervalSource::Formula => {
                "Energie, die aus Parametern, Stapelgröße und Zahl der Beschleuniger eines Modells geschätzt ist"
            }
            IntervalSource::Defaults => {
                "Energie, die aus Rechenaufwand, Ausgaben oder Parametern eines Modells abgeleitet ist"
            }
            IntervalSource::Outside => "Energie, die jenseits des je Gemessenen geschätzt ist",
            IntervalSource::StatedIntervals => "Intervalle, die Datensätze selbst nennen",
            IntervalSource::ServerPerAcceleratorDefault => {
                "Standardfaktor von Beschleunigern zu Servern, da der Anbieter keinen erklärt hat"
            }
            IntervalSource::ItPerServerDefault => {
                "Standardfaktor von Servern zur gesamten IT, da der Anbieter keinen erklärt hat"
            }
            IntervalSource::DeclaredPue => "erklärter PUE",
            IntervalSource::DefaultPue => "Standard-PUE, da der Anbieter keinen erklärt hat",
            IntervalSource::Sampling => "nicht gemeldete Aufgaben",
        },
        site_factor: |kind| match kind {
            SiteFactorKind::Pue => "PUE (Rechenzentrum ÷ IT)",
            SiteFactorKind::ServerPerAccelerator => "Server ÷ Beschleuniger",
            SiteFactorKind::ItPerServer => "IT ÷ Server",
        },
        basis: |basis| match basis {
            Basis::Lifecycle => "Lebenszyklus",
            Basis::Direct => "direkte Emissionen",
        },
        perimeter: |perimeter| match perimeter {
            Perimeter::Consumption => "in der Zone verbrauchter Strom",
            Perimeter::Production => "in der Zone erzeugter Strom",
        },
        instrument: |instrument| match instrument {
            Instrument::GuaranteeOfOrigin => "Herkunftsnachweise",
            Instrument::PowerPurchaseAgreement => "Stromabnahmevertrag",
            Instrument::OtherCertificate => "andere Zertifikate",
        },
        matching: |matching| match matching {
            Matching::Annual => "über seine Laufzeit",
            Matching::Hourly => "Stunde für Stunde",
        },
        role: |role| match role {
            ProviderRole::Provider => "Anbieter der Modelle",
            ProviderRole::Modifier => "hat Modelle anderer verändert",
            ProviderRole::Deployer => "setzt Modelle anderer ein",
        },
        provider_kind: |kind| match kind {
            ProviderKind::Operator => "die des Betreibers",
            ProviderKind::PublicData => "aus öffentlichen Daten gemacht, nicht die des Betreibers",
            ProviderKind::Fictitious => "erzeugt, eines fiktiven Anbieters",
        },
        provider_notice: |kind| match kind {
            ProviderKind::Operator => None,
            ProviderKind::PublicData => Some([
                "Öffentlicher Datensatz, nicht die Werte des Betreibers",
                "Die Datensätze wurden aus veröffentlichten Daten gemacht. Der Betreiber des Dienstes hat an diesen Werten \
                 keinen Anteil und steht nicht für sie ein.",
            ]),
            ProviderKind::Fictitious => Some([
                "Fiktiver Anbieter, erzeugte Daten",
                "Diesen Anbieter gibt es nicht. Die Werte wurden erzeugt, um zu zeigen, wie eine Offenlegung aussieht, und \
                 sagen über keinen wirklichen Dienst etwas.",
            ]),
        },
        small_cells: |small_cells| match small_cells {
            SmallCells::Sites => {
                "Gruppen von weniger als 3 Standorten werden nicht einzeln gezeigt; Summen sind vollständig."
            }
            SmallCells::All => {
                "Gruppen von weniger als 3 Standorten oder weniger als 100 Aufgaben werden nicht einzeln gezeigt; Summen \
                 sind vollständig."
            }
            SmallCells::Shown => "Nichts ist weggelassen, weil es klein ist.",
        },
        verification: |kind| match kind {
            VerificationKind::None => "niemand außer dem Anbieter",
            VerificationKind::Internal => "ein anderer Teil des Anbieters",
            VerificationKind::ThirdParty => "eine dritte Stelle",
        },
        text_field: |field| match field {
            TextField::Method => "Wie die Energie gemessen wird",
            TextField::AllocationRule => "Wie geteilte und ungenutzte Kapazität verteilt wird",
            TextField::Exclusions => "Welche Aufgaben nicht in den Werten sind",
            TextField::Hardware => "Worauf die Aufgaben laufen",
            TextField::Remarks => "Anmerkungen",
        },
        incomparable: |reason| match reason {
            Incomparable::TaskType => "Die Aufgaben sind von verschiedener Art.",
            Incomparable::Boundary => {
                "Die Energie wurde innerhalb verschiedener Grenzen angegeben: Ein Anteil weicht um mehr als 10 Prozentpunkte \
                 ab."
            }
            Incomparable::Method => "Die Werte wurden nach verschiedenen Versionen der Methode gemacht.",
            Incomparable::Evidence => {
                "Die Energie ist auf verschiedene Weise ermittelt: Der Anteil einer Art weicht um mehr als 10 Prozentpunkte ab."
            }
            Incomparable::NoCompletedTask => "Eine Seite hat keine abgeschlossene Aufgabe dieser Art.",
            Incomparable::NoEnergy => "Die Energie des Vergleichs ist null.",
            Incomparable::NoFigures => "Zum Vergleich lassen sich keine Werte machen.",
        },
        gap: |gap| match gap {
            GapReason::NoTask => "Keine Aufgabe wurde abgeschlossen.",
            GapReason::PueUnknown => "Es ist nicht geklärt, ob die Energie den PUE enthält.",
            GapReason::NoEstimate => "Aufgaben kamen ohne Energie, und nichts trägt eine Schätzung.",
            GapReason::Contradiction => "Seine Summen widersprechen einander.",
        },
        training: |evidence| match evidence {
            TrainingEvidence::Measured => "gemessen",
            TrainingEvidence::Estimated => "geschätzt",
        },
    },
};
