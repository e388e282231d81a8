use super::*;

/// Every line is computed here by hand from what the example tells: layers 1.43, 1.12 and the declared 1.2.
#[test]
fn the_worked_example_is_what_a_reader_computes_by_hand() {
    let example = example();
    let tasks: Vec<(&str, &str)> =
        example.tasks.iter().map(|task| (task.steps.as_str(), task.facility_wh.as_str())).collect();
    assert_eq!(
        tasks,
        [("0.30 × 1.12 × 1.2", "0.4032"), ("0.42 × 1.43 × 1.12 × 1.2", "0.8072064"), ("0.10 × 1.2", "0.12"),]
    );
    assert_eq!(example.sum_wh, "1.3304064");
    assert_eq!((example.completed, example.mean_wh.as_str()), (2, "0.6652032"));
    // Counters ± 10 %, defaults ± 25 % each, the declared PUE ± 2 %:
    // 0.4032 · 0.9 · 0.75 · 0.98 + 0.8072064 · 0.9 · 0.75² · 0.98 + 0.12 · 0.9 · 0.98 = 0.7730320752
    // 0.4032 · 1.1 · 1.25 · 1.02 + 0.8072064 · 1.1 · 1.25² · 1.02 + 0.12 · 1.1 · 1.02 = 2.11526172
    assert_eq!((example.low_wh.as_str(), example.high_wh.as_str()), ("0.386516038", "1.05763086"));
    // 1.3304064 ÷ 1.2 ÷ 2, and 1.3304064 Wh · 250 g/kWh ÷ 2.
    assert_eq!((example.it_mean_wh.as_str(), example.carbon_g.as_str()), ("0.554336", "0.1663008"));
    assert_eq!(
        example.largest,
        "the default factor from servers to all IT equipment, because the provider declared none"
    );
}

#[test]
fn the_page_holds_the_constants_of_the_code() {
    let page = method_page("", "/site.css", 3).render().unwrap();
    for part in [
        &format!("Method {METHOD_VERSION}"),
        "server ÷ accelerator: 1.43",
        "IT ÷ server: 1.12",
        "facility ÷ IT: 1.36",
        "1.1665273170451914e-6",
        "−1.1205921025579175e-2",
        "4.052928146734005e-5",
        "6.785088094353663e-4",
        "3.119310311688259e-4",
        "1.9473717579473387e-2",
        "fewer than 3 sites or 100 tasks",
        "more than 10 percentage points",
        "p10, p50, p90, p95, p99",
        "within 1\u{a0}% of what sorting",
        "not below 1.2 · all parameters · bits ÷ 8 ÷ 80 GB, with 16 bits",
        "t ÷ 3,600 · 1200 W · n ÷ 8 ÷ B",
        "n = 4, and 200 output tokens",
        "retrieval, reranking, verification together",
        "R · (R + 28) ÷ 196)",
        "3: 3.182; 4: 2.776",
        "after 28 days without data",
        "1,500\u{a0}W hair dryer",
        "A 95 % interval says",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for section in [
        "estimates",
        "statistics",
        "inside",
        "small",
        "intervals",
        "change",
        "carbon",
        "apart",
        "equivalents",
        "budgets",
        "notes",
    ] {
        assert!(page.contains(&format!("<h2 id=\"{section}\">")), "{section}");
    }
    for word in ["green", "sustainable", "energy efficient", "climate neutral", "certified"] {
        assert!(!page.contains(word), "{word}");
    }
}

/// The regression as the page writes it down, computed from the constants that it lists.
#[test]
fn a_reader_can_compute_the_estimate_from_the_page() {
    let constant = |name: &str| -> f64 {
        let (_, text) = formula_constants().into_iter().find(|(other, _)| *other == name).unwrap();
        text.replace('−', "-").parse().unwrap()
    };
    let example = estimate_example();
    let (p, tokens, b) = (example.billions as f64, example.tokens as f64, DEFAULT_BATCH as f64);
    let f = constant("α") * (constant("β") * b).exp() * p + constant("γ");
    let bytes = constant("memory needed ÷ weights") * p * 1e9 * DEFAULT_BITS as f64 / 8.0;
    let mut n = 1.0;
    while n < bytes / constant("memory of an accelerator, bytes") {
        n *= 2.0;
    }
    let seconds = tokens * (constant("a") * p + constant("b") * b + constant("c"));
    let servers =
        seconds / 3_600.0 * constant("server power, W") * n / constant("accelerators of a server") / b;
    let it_wh: f64 = example.it_wh.parse().unwrap();
    assert!((tokens * f * n + servers - it_wh).abs() < 1e-8, "{it_wh}");
    assert_eq!(example.accelerators, n as i64);
}

/// `docs/method.md` is prose; its numbers are the constants all the same.
#[test]
fn the_written_method_has_the_numbers_of_the_code() {
    let written = include_str!("../../docs/method.md");
    let share = |ppm: i128| percent(Decimal::new(ppm, 6)).replace('\u{a0}', " ");
    let ppm = |ppm: i64| share(i128::from(ppm));
    let gsd = |hundredths: u32| plain(Decimal::new(i128::from(hundredths), 2));
    let ratio = |ratio: Ratio| plain(ratio.decimal());
    let z = gsd(Z_95_HUNDREDTHS);
    for part in [
        format!("`METHOD_VERSION` {METHOD_VERSION}."),
        format!("server ÷ accelerator {}", ratio(DEFAULT_SERVER_PER_ACCELERATOR)),
        format!("IT ÷ server {}", ratio(DEFAULT_IT_PER_SERVER)),
        format!("PUE {}", ratio(DEFAULT_PUE)),
        format!("within {}", ppm(MAX_ERROR_PPM)),
        format!("{INTERVAL_PERCENT} % intervals"),
        format!("± {}", ppm(METERED_PPM)),
        format!("device counters ± {}", ppm(COUNTER_PPM)),
        format!("GSD^{z}"),
        format!("GSD {} (", gsd(GSD_DECLARED)),
        format!("{} (defaults of the formula)", gsd(GSD_DEFAULTS)),
        format!("{}.0 (beyond what was measured", gsd(GSD_OUTSIDE)),
        format!("default layers ± {}", ppm(DEFAULT_LAYER_PPM)),
        format!("declared PUE ± {}", ppm(DECLARED_PUE_PPM)),
        format!("default PUE ± {}", ppm(DEFAULT_PUE_PPM)),
        format!("{z} · s ÷ √n"),
        format!("more than {} percentage points", plain(Decimal::new(MAX_MIX_DIFFERENCE_PPM, 4))),
        format!("fewer than {MIN_SITES} sites or {MIN_TASKS} tasks"),
        format!("models with fewer than {MIN_TASKS} tasks"),
        format!("Coverage below {}", share(LOW_COVERAGE_PPM)),
        format!("over {LEVEL_WEEKS} weeks with the spread of up to {MAX_WEEKS}"),
    ] {
        assert!(written.contains(&part), "docs/method.md lacks: {part}");
    }
    let said = format!("are within {}. The {INTERVAL_PERCENT} % interval", ppm(MAX_ERROR_PPM));
    assert!(include_str!("../../README.md").contains(&said), "README.md lacks: {said}");
}
