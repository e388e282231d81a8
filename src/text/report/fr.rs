//! French.

use super::*;

pub(super) static REPORT: Report = Report {
    dates: DateWords {
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        months_short: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
        ],
        after_day: ["er", ""],
        to: "au",
        until_before: "jusqu’avant le",
    },
    page: PageWords {
        title: "{}\u{a0}: énergie moyenne par tâche",
        subject: "Publication de l’énergie moyenne par tâche d’un service d’IA et de la façon dont elle est connue",
        keywords: &["énergie par tâche", "intelligence artificielle", "publication"],
        disclosure: "Publication n° {}, version {}",
        page: "Page {} sur {}",
        contents: "Sommaire",
        legal_status: "Statut juridique",
        status: Some(
            "Aucun acte de l’UE ne prescrit de méthode ni de format pour l’énergie des tâches d’IA. Ce document suit le \
             projet de modèle {} {}. Il n’est ni un label de l’UE, ni une certification, ni une évaluation de la conformité.",
        ),
        reading_title: "Comment lire les chiffres",
        reading: &[
            "La valeur principale a deux chiffres significatifs, les tableaux en ont trois, arrondis au pair\u{202f}; les valeurs \
             exactes sont dans le fichier joint disclosure.json.",
            "Là où il n’y a pas de nombre, un mot dit pourquoi. «\u{a0}inconnu\u{a0}»\u{a0}: la valeur existe et ne nous a pas été \
             communiquée. «\u{a0}sans objet\u{a0}»\u{a0}: une telle valeur ne peut exister ici. «\u{a0}non inclus\u{a0}»\u{a0}: la valeur est connue et \
             laissée de côté à dessein. Un «\u{a0}0\u{a0}» est un zéro.",
        ],
        not_stated: "non indiqué",
        range: "{} à {}",
        all_tasks: "Toutes les tâches",
        yes: "oui",
    },
    headline: HeadlineWords {
        mean: "Énergie moyenne du centre de données par tâche achevée",
        mean_note: "L’énergie de toutes les tâches, échouées et annulées comprises, divisée par le nombre de tâches achevées. \
                    Le refroidissement et la distribution électrique sont comptés.",
        interval: "Intervalle à 95\u{202f}% de la moyenne",
        median: "Tâche médiane",
        it_mean: "Énergie informatique par tâche, sans refroidissement ni distribution",
        carbon: "Émissions par tâche, selon la localisation",
        completed: "Tâches achevées",
        coverage: "Couverture",
        evidence: "Comment l’énergie est connue",
        low_coverage: "Ces chiffres reposent sur {} des tâches que le fournisseur déclare avoir servies.",
        modelled: "Une partie de l’énergie est modélisée, non mesurée",
        modelled_note: "{} de l’énergie a été calculée à partir de jetons ou de temps et d’un coefficient. Ce n’est pas une \
                        mesure de l’exploitant du service.",
        public_note: "À propos de ces chiffres",
    },
    identity: IdentityWords {
        title: "Identité",
        provider: "Fournisseur",
        legal_name: "Dénomination",
        lei: "LEI (ISO 17442)",
        role: "Rôle",
        kind: "À qui sont les chiffres",
        contact: "Contact",
        service: "Service",
        period: "Période",
        template: "Modèle de document",
        method: "Version de la méthode",
        built_on: "Établi le",
        address: "Adresse permanente",
        number: "Publication",
        supersedes: "Remplace",
        reason: "Motif",
        models: "Modèles qui ont servi les tâches",
        model: "Modèle",
        key: "Clé",
        version: "Version",
        released: "Publié le",
        sites: "Sites où les tâches ont tourné",
        site: "Site",
        zone: "Zone du réseau",
        hardware: "Accélérateurs des sites pendant la période",
        hardware_note: "Tels que le fournisseur les déclare.",
        accelerator: "Accélérateur",
        accelerators: "Nombre",
        valid: "Valable du",
    },
    energy: EnergyWords {
        title: "Énergie par tâche",
        by_type: "Énergie du centre de données par tâche achevée, par type de tâche, en Wh",
        by_type_note: "Moyenne\u{a0}: énergie de toutes les tâches divisée par les tâches achevées, avec les deux bornes de \
                       l’intervalle à 95\u{202f}%. Pour 1\u{202f}000 jetons de sortie\u{a0}: énergie des tâches qui indiquent leurs jetons.",
        task_type: "Type de tâche",
        completed: "Tâches achevées",
        mean: "Moyenne",
        low: "Borne inférieure",
        high: "Borne supérieure",
        it_mean: "Énergie informatique moyenne",
        per_tokens: "Pour 1\u{202f}000 jetons de sortie",
        spread: "Dispersion des tâches\u{a0}: énergie par tâche achevée, en Wh",
        spread_note: "Pour les tâches achevées une à une, d’après un histogramme dont l’erreur relative est de 1\u{202f}% au plus.",
        median: "Médiane",
        left_out: "Tâches absentes",
        units: "Énergie du centre de données par unité de travail",
        units_note: "Pour les tâches qui indiquent combien elles ont produit ou lu.",
        per: "Par",
        energy_wh: "Énergie, Wh",
        pieces: ["image", "page", "seconde de son", "seconde de vidéo"],
        by_month: "Énergie moyenne du centre de données par tâche achevée, par mois, en Wh",
        by_month_note: "Mois civils entiers (UTC) jusqu’à la fin de la période. Une variation entre mois peut venir d’autres \
                        sortes de tâches\u{a0}: le fichier joint contient chaque type de tâche et chaque modèle par mois.",
        month: "Mois",
        by_model: "Énergie du centre de données par tâche achevée, par modèle, en Wh",
        by_model_note: "Avec les deux bornes de l’intervalle à 95\u{202f}% de la moyenne\u{202f}; les émissions sont fondées sur la \
                        localisation, en g CO₂e par tâche achevée.",
        all_of_model: "Toutes ses tâches",
        carbon: "Émissions, g",
        boundary: "Ce que contient le chiffre du centre de données",
        boundary_note: "Une partie que le fournisseur n’a pas mesurée a été ajoutée avec un facteur\u{202f}; les facteurs sont plus \
                        bas.",
        part: "Partie",
        included: "Comprise",
        boundary_items: [
            "Accélérateurs",
            "Processeurs et mémoire des serveurs",
            "Réseau",
            "Stockage",
            "Capacité inactive et réservée",
            "Refroidissement et distribution électrique",
            "Recherche et outils",
            "Appareil de l’utilisateur",
        ],
        factors: "Facteurs utilisés entre les couches",
        factors_note: "PUE (power usage effectiveness)\u{a0}: énergie du centre de données divisée par l’énergie informatique. Une \
                       valeur par défaut de la méthode tient lieu de valeur là où le fournisseur n’en a pas déclaré.",
        no_factors: "Aucun\u{a0}: l’énergie de centres entiers a été communiquée, et aucun PUE n’a été déclaré.",
        factor: "Facteur",
        value: "Valeur",
        origin: "Origine",
        declared: "déclaré par le fournisseur",
        default: "valeur par défaut de la méthode",
        of_energy: "part de l’énergie : {}",
        without_declared: "sites sans valeur déclarée",
        revision: "révision {}",
    },
    inside: InsideWords {
        title: "À l’intérieur d’une tâche",
        stages: "Part de l’énergie par sorte d’étape",
        no_stages: "Aucun enregistrement n’indique les étapes de sa tâche.",
        step: "Étape",
        share: "Part",
        overhead: "Recherche, reclassement et vérification ensemble, ce qu’un service dépense pour que ses réponses soient \
                   justes\u{a0}: {} de l’énergie.",
        places: "Où les tâches ont tourné",
        place: "Lieu",
        share_of_tasks: "Part des tâches",
        share_of_energy: "Part de l’énergie",
        saving: [
            "Modélisé\u{a0}: à la moyenne des tâches de leur type en centre de données, celles de la périphérie et des appareils \
             auraient consommé {} de plus.",
            "Modélisé\u{a0}: à la moyenne des tâches de leur type en centre de données, celles de la périphérie et des appareils \
             auraient consommé {} de moins.",
        ],
        changes: "Évolution par rapport à la référence",
        changes_note: "L’énergie moyenne d’une tâche divisée par celle de la référence\u{a0}: 2 signifie deux fois plus. Entre \
                       parenthèses les deux bornes de l’intervalle à 95\u{202f}%. Seules sont comparées des tâches de même type, dans \
                       la même limite, selon la même méthode et connues de la même façon.",
        what: "Quoi",
        baseline: "Référence",
        times: "Combien de fois",
        ratio: ["{} fois", "{} fois ({} à {})"],
        all_models: "Tous les modèles",
        not_compared: "non comparé",
    },
    quality: QualityWords {
        title: "Qualité",
        evidence: "Part de l’énergie selon la façon dont elle est connue",
        kind: "Sorte",
        meaning: "Ce que cela veut dire",
        figures: "Couverture et fondement des chiffres",
        estimates: "À partir de quoi les tâches sans énergie ont été estimées",
        estimates_note: "Leur énergie fait partie des chiffres et des sortes ci-dessus.",
        estimated_from: "Estimée à partir de",
        coefficient: "énergie par jeton du modèle, révision {}",
        formula: "formule sur les paramètres du modèle",
        interval: "L’intervalle à 95\u{202f}%",
        interval_note: "Les erreurs d’une même sorte ne diminuent pas avec le nombre de tâches\u{a0}: les bornes sont additionnées. \
                        L’essentiel de la largeur vient de\u{a0}: {}.",
        sampling: "Les tâches non communiquées sont prises en compte.",
        no_sampling: "Il ne dit rien des tâches non communiquées.",
        small_cells: "Petits groupes",
        provider_says: "Ce que dit le fournisseur",
        exclusions: "Tâches que les chiffres ne décrivent pas",
        which_tasks: "Quelles tâches, et pourquoi",
        tasks: "Tâches",
        meters: "Classes déclarées des compteurs",
        meters_note: "La plus grande erreur dans les deux sens, de ce qu’indique un compteur.",
        instrument: "Instrument",
        instruments: ["compteurs", "compteurs d’appareils"],
        class: "Classe",
        service_method: "Comment le fournisseur obtient ses chiffres d’énergie",
        method: "La méthode en bref",
        method_text: "Un enregistrement décrit une tâche avec tous les appels, recherches, outils, contrôles et reprises qu’elle \
                      a déclenchés\u{202f}; le fournisseur en répond. Son énergie est mesurée, lue sur des compteurs d’appareils, \
                      modélisée ou déclarée, dans une limite indiquée. Les couches manquantes sont ajoutées avec les facteurs \
                      déclarés du site, ou avec des valeurs par défaut signalées, jusqu’au centre de données. La moyenne est un \
                      rapport de sommes\u{a0}: énergie de toutes les tâches divisée par les tâches achevées. Les émissions sont \
                      calculées heure par heure avec la valeur de la zone du site. L’énergie est additionnée en nombres entiers \
                      exacts, et la division vient à la fin.",
    },
    carbon: CarbonWords {
        title: "Émissions et eau",
        carbon: "Émissions par tâche achevée et de toutes les tâches",
        carbon_note: "Selon la localisation\u{a0}: l’énergie de chaque heure est multipliée par l’intensité carbone trouvée pour la \
                      zone du réseau du centre et cette heure. Selon le marché\u{a0}: ce que le fournisseur a acheté compte au \
                      facteur de son contrat, le reste au mix résiduel. Les deux sont côte à côte et ne s’additionnent pas. Une \
                      valeur manquante n’est jamais comptée comme zéro.",
        basis: "Base et périmètre des facteurs",
        per_task: "par tâche, g CO₂e",
        total: "toutes, kg CO₂e",
        location: "Selon la localisation",
        market: "Selon le marché",
        hours: "Émissions selon la localisation, par heure du jour (UTC)",
        hours_note: "Sur tous les jours et sites de la période\u{a0}: émissions d’une heure divisées par les tâches achevées dans \
                     cette heure, et sa part de toutes les émissions.",
        hour: "Heure (UTC)",
        hour_per_task: "Par tâche, g CO₂e",
        share: "Part des émissions",
        factors: "Facteurs du réseau utilisés",
        value_taken: "Valeur retenue",
        value_of: "valeur de {}",
        source: "Source",
        licence: "Licence",
        hours_used: "Heures",
        revision: "Révision",
        release: "édition {}",
        ladder: "Part de l’énergie par sorte de valeur du réseau",
        zones: "Part de l’énergie par zone du réseau",
        market_title: "Part de l’énergie selon le compte fondé sur le marché",
        market_note: "Il n’est jamais compté plus que ce qui a été consommé dans la zone et la durée du contrat.",
        counted_at: "Compté au",
        contracts: "Contrats comptés",
        contract: "Contrat",
        valid: "Électricité produite du",
        matched: "Appariement",
        bought: "Acheté, kWh",
        counted: "Compté ici, kWh",
        residuals: "Mix résiduels utilisés",
    },
    apart: ApartWords {
        water: "Eau",
        water_note: "L’eau sur site est l’énergie informatique multipliée par la consommation d’eau déclarée du site (WUE)\u{202f}; \
                     l’eau des centrales est l’énergie du centre multipliée par un facteur de la zone. Les deux ne \
                     s’additionnent pas.",
        definitions: "Définitions selon lesquelles la WUE a été mesurée",
        definition: "Définition",
        known_definitions: [
            "Règlement délégué (UE) 2024/1364",
            "système de notation des centres de données C(2026) 3472",
            "ISO/IEC 30134-9",
        ],
        other_definition: "une autre",
        water_factors: "Facteurs d’eau du réseau",
        litres_per_kwh: "L/kWh",
        embodied: "Émissions de fabrication",
        embodied_note: "Ce que la fabrication des accélérateurs a émis, réparti sur les heures de leur vie et compté selon les \
                        heures utilisées par les tâches. Cela ne fait pas partie des émissions par tâche ci-dessus.",
        embodied_table: "Déclaré pour la fabrication d’un accélérateur",
        lifetime: "Heures de vie",
        includes: "Ce qui est compris",
        training: "Entraînement",
        training_note: "Ce que l’entraînement des modèles a demandé, selon leur fournisseur. Cela ne fait jamais partie de \
                        l’énergie d’une tâche.",
        no_training: "Le fournisseur n’a rien rendu public sur l’entraînement.",
        energy: "Énergie",
        compute: "Calcul",
        operations: "opérations",
        emissions: "Émissions",
        trained: "Entraîné",
        zone: "Zone du réseau",
        how: "Comment on le sait",
        method: "Méthode",
        share_of_task: "Part d’une tâche, jamais ajoutée à son énergie",
        share_sentence: "{} Wh pour chacune des {} tâches que le modèle devrait servir pendant sa vie",
    },
    scale: ScaleWords {
        title: "Ampleur",
        totals: "Tâches et énergie de la période, par type de tâche",
        totals_note: "Les tâches échouées et annulées ont aussi consommé de l’électricité\u{a0}: leur énergie est dans les totaux et \
                      dans la moyenne, et elles ne sont pas dans le nombre par lequel on divise.",
        failed: "Échouées",
        cancelled: "Annulées",
        facility: "Énergie du centre, kWh",
        it: "Énergie informatique, kWh",
        equivalents: "Autant que",
        equivalents_note: "Chaque comparaison indique son hypothèse\u{202f}; les phrases sont en anglais.",
        of_what: "Chiffre",
        as_much_as: "En d’autres termes",
        budgets: "Budgets du fournisseur",
        budgets_note: "Ce qui était utilisé d’un budget pour l’année civile à la fin de la période.",
        budget: "Budget",
        year: "Année",
        all_services: "tous les services",
        allowance: "Alloué",
        used: "Utilisé",
    },
    assurance: AssuranceWords {
        title: "Assurance",
        verification: "Vérification",
        kind: "Qui a vérifié les chiffres",
        standard: "Norme",
        verifier: "Vérificateur",
        date: "Date",
        digests: "Empreinte",
        digests_note: "Les valeurs exactes de cette publication ont une empreinte. Qui possède le fichier disclosure.json, de \
                       l’adresse permanente ou de ce document, peut la recalculer.",
        digest: "SHA-256 de disclosure.json",
        history: "Versions précédentes",
        no_history: "Ceci est la première version.",
        published: "Publiée",
        reason: "Pourquoi elle a été faite",
        limits: "Limites connues (en anglais)",
        files: "Fichiers joints",
        files_note: "Ces fichiers sont dans ce document, tels qu’ils ont été publiés.",
        file: "Fichier",
        holds: "Ce qu’il contient",
        size: "Taille",
        attached_json: "Les valeurs exactes de la publication, JSON canonique",
        attached_xbri: "Les faits sous forme de paquet de rapport XBRL autonome",
    },
    chart: ChartWords {
        types: "Diagramme à barres\u{a0}: énergie moyenne par tâche achevée, par type de tâche",
        types_caption: "Énergie moyenne du centre de données par tâche achevée, en Wh\u{202f}; les traits montrent l’intervalle à 95\u{202f}% \
                        de la moyenne",
        months: "Série\u{a0}: énergie moyenne par tâche achevée, par mois",
        months_caption: "Énergie moyenne du centre de données par tâche achevée, par mois, en Wh\u{202f}; les traits montrent \
                         l’intervalle à 95\u{202f}%",
        stages: "Diagramme à barres\u{a0}: part de l’énergie par sorte d’étape",
        stages_caption: "Part de l’énergie par sorte d’étape\u{202f}; hachuré\u{a0}: recherche, reclassement et vérification",
        evidence: "Une barre en parties\u{a0}: part de l’énergie selon la façon dont elle est connue",
        evidence_caption: "Part de l’énergie selon la façon dont elle est connue",
        hours: "Diagramme en colonnes\u{a0}: émissions selon la localisation par tâche achevée, par heure du jour",
        hours_caption: "Émissions selon la localisation par tâche achevée, par heure du jour (UTC), en g CO₂e",
        item: "{} {}",
        item_interval: "{} {} ({} à {})",
        same_in_table: "Le tableau ci-dessous contient les mêmes chiffres.",
        hour_axis: "Heure du jour (UTC)",
    },
    terms: TermWords {
        included: |included| match included {
            Included::Yes => "oui",
            Included::No => "non",
            Included::Unknown => "inconnu",
        },
        evidence: |evidence| match evidence {
            Evidence::Metered => {
                "lue sur un compteur du nœud, de la baie ou du site et répartie sur les tâches"
            }
            Evidence::Counter => "lue sur des compteurs dans les appareils, tels que NVML ou RAPL",
            Evidence::Modelled => "calculée à partir de jetons ou de temps et d’un coefficient mesuré",
            Evidence::Declared => "déduite du calcul ou de la dépense",
        },
        interval: |source| match source {
            IntervalSource::Metered => "l’erreur des compteurs",
            IntervalSource::Counter => "l’erreur des compteurs d’appareils",
            IntervalSource::Coefficient => "l’énergie modélisée avec un coefficient mesuré ailleurs",
            IntervalSource::Formula => {
                "l’énergie estimée d’après les paramètres, le lot et le nombre d’accélérateurs d’un modèle"
            }
            IntervalSource::Defaults => {
                "l’énergie déduite du calcul, de la dépense ou des paramètres d’un modèle"
            }
            IntervalSource::Outside => "l’énergie estimée au-delà de ce qui a jamais été mesuré",
            IntervalSource::StatedIntervals => "les intervalles qu’indiquent les enregistrements",
            IntervalSource::ServerPerAcceleratorDefault => {
                "le facteur par défaut des accélérateurs aux serveurs, faute de valeur déclarée"
            }
            IntervalSource::ItPerServerDefault => {
                "le facteur par défaut des serveurs à toute l’informatique, faute de valeur déclarée"
            }
            IntervalSource::DeclaredPue => "le PUE déclaré",
            IntervalSource::DefaultPue => "le PUE par défaut, faute de valeur déclarée",
            IntervalSource::Sampling => "les tâches non communiquées",
        },
        site_factor: |kind| match kind {
            SiteFactorKind::Pue => "PUE (centre ÷ informatique)",
            SiteFactorKind::ServerPerAccelerator => "Serveur ÷ accélérateur",
            SiteFactorKind::ItPerServer => "Informatique ÷ serveur",
        },
        basis: |basis| match basis {
            Basis::Lifecycle => "cycle de vie",
            Basis::Direct => "émissions directes",
        },
        perimeter: |perimeter| match perimeter {
            Perimeter::Consumption => "électricité consommée dans la zone",
            Perimeter::Production => "électricité produite dans la zone",
        },
        instrument: |instrument| match instrument {
            Instrument::GuaranteeOfOrigin => "garanties d’origine",
            Instrument::PowerPurchaseAgreement => "contrat d’achat d’électricité",
            Instrument::OtherCertificate => "autres certificats",
        },
        matching: |matching| match matching {
            Matching::Annual => "sur sa durée",
            Matching::Hourly => "heure par heure",
        },
        role: |role| match role {
            ProviderRole::Provider => "fournisseur des modèles",
            ProviderRole::Modifier => "a modifié des modèles d’autrui",
            ProviderRole::Deployer => "déploie des modèles d’autrui",
        },
        provider_kind: |kind| match kind {
            ProviderKind::Operator => "à l’exploitant",
            ProviderKind::PublicData => "faits de données publiques, non à l’exploitant",
            ProviderKind::Fictitious => "générés, d’un fournisseur fictif",
        },
        provider_notice: |kind| match kind {
            ProviderKind::Operator => None,
            ProviderKind::PublicData => Some([
                "Données publiques, non les chiffres de l’exploitant",
                "Les enregistrements ont été faits de données publiées. L’exploitant du service n’a aucune part à ces chiffres \
                 et n’en répond pas.",
            ]),
            ProviderKind::Fictitious => Some([
                "Fournisseur fictif, données générées",
                "Ce fournisseur n’existe pas. Les chiffres ont été générés pour montrer à quoi ressemble une publication et ne \
                 disent rien d’un service réel.",
            ]),
        },
        small_cells: |small_cells| match small_cells {
            SmallCells::Sites => {
                "Les groupes de moins de 3 sites ne sont pas montrés à part\u{202f}; les totaux sont complets."
            }
            SmallCells::All => {
                "Les groupes de moins de 3 sites ou de moins de 100 tâches ne sont pas montrés à part\u{202f}; les totaux sont \
                 complets."
            }
            SmallCells::Shown => "Rien n’est laissé de côté pour être petit.",
        },
        verification: |kind| match kind {
            VerificationKind::None => "personne hors du fournisseur",
            VerificationKind::Internal => "une autre partie du fournisseur",
            VerificationKind::ThirdParty => "un tiers",
        },
        text_field: |field| match field {
            TextField::Method => "Comment l’énergie est mesurée",
            TextField::AllocationRule => "Comment la capacité partagée et inactive est répartie",
            TextField::Exclusions => "Quelles tâches ne sont pas dans les chiffres",
            TextField::Hardware => "Ce qui fait tourner les tâches",
            TextField::Remarks => "Remarques",
        },
        incomparable: |reason| match reason {
            Incomparable::TaskType => "Les tâches sont de types différents.",
            Incomparable::Boundary => {
                "L’énergie a été indiquée dans des limites différentes\u{a0}: une part diffère de plus de 10 points de pourcentage."
            }
            Incomparable::Method => {
                "Les chiffres ont été faits selon des versions différentes de la méthode."
            }
            Incomparable::Evidence => {
                "L’énergie est connue de façons différentes\u{a0}: la part d’une sorte diffère de plus de 10 points de pourcentage."
            }
            Incomparable::NoCompletedTask => "Un côté n’a aucune tâche achevée de ce type.",
            Incomparable::NoEnergy => "L’énergie de la référence est nulle.",
            Incomparable::NoFigures => "Aucun chiffre ne peut être fait de la référence.",
        },
        gap: |gap| match gap {
            GapReason::NoTask => "Aucune tâche n’a été achevée.",
            GapReason::PueUnknown => "Il n’est pas établi si l’énergie comprend le PUE.",
            GapReason::NoEstimate => "Des tâches sont venues sans énergie, et rien ne permet une estimation.",
            GapReason::Contradiction => "Ses totaux se contredisent.",
        },
        training: |evidence| match evidence {
            TrainingEvidence::Measured => "mesuré",
            TrainingEvidence::Estimated => "estimé",
        },
    },
};
