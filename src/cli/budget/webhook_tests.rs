use super::*;

#[test]
fn the_signature_is_the_one_that_openssl_makes() {
    // printf '%s' '1768435200.{"a":1}' | openssl dgst -sha256 -hmac "whsec_$(printf 'ab%.0s' {1..32})"
    let secret = WebhookSecret::from_random([0xab; 32]);
    let at = "2026-01-15T00:00:00Z".parse().unwrap();
    assert_eq!(
        signature(&secret, at, br#"{"a":1}"#),
        "t=1768435200,v1=fb458ab1d5cab03544279a85d10b046a5a13318559f716e382fe102275606b9f"
    );
}

#[test]
fn only_addresses_of_the_internet_are_public() {
    for private in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(private.parse().unwrap()), "{private}");
    }
    for public in [
        "1.1.1.1",
        "9.9.9.9",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860::8888",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::",
    ] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
}

#[test]
fn a_number_that_looks_otherwise_is_still_the_address_that_it_is() {
    let sender = Sender::new(PrivateNetworks::Refused).unwrap();
    for private in
        ["https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://[::ffff:7f00:1]/"]
    {
        let address = WebhookUrl::parse(private).unwrap();
        assert_eq!(sender.client(&address).map(|_| ()), Err(SendError::Private), "{private}");
    }
    let local = WebhookUrl::parse("http://127.0.0.1:9/").unwrap();
    assert_eq!(sender.client(&local).map(|_| ()), Err(SendError::Private));
    assert!(Sender::new(PrivateNetworks::Allowed).unwrap().client(&local).is_ok());
}
