//! Who is shown which token, and how those that the user gave are kept.

use std::collections::BTreeMap;

use super::*;
use crate::hub::{
    Access, Token, TokenFrom,
    access::{Tokens, forget_token, keep_token},
    token::Kept,
};

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

/// The tokens in a folder, without what the machine that runs the test has around it.
fn kept_in(home: &Path) -> Tokens {
    Tokens { kept: Kept::read(home).unwrap(), ..Tokens::default() }
}

/// All tokens that a server was shown, once each.
fn shown(server: &Server) -> Vec<Option<String>> {
    let mut shown: Vec<_> = server.asked("").into_iter().map(|asked| asked.token).collect();
    shown.sort();
    shown.dedup();
    shown
}

#[test]
fn a_token_is_shown_to_the_address_it_was_given_for_and_to_no_other() {
    let (own, store, other, home) = (server(), server(), server(), tempfile::tempdir().unwrap());
    keep_token(home.path(), Some(&own.address), token("secret")).unwrap();
    own.trouble("model.safetensors", [Trouble::Elsewhere(store.address.clone())]);
    let fetch = |mirror: &Server, to: &str| {
        let hub = kept_in(home.path()).hub(Some(&mirror.address)).unwrap();
        pull(&offer(), &hub, &models_folder(&home.path().join(to)), PATIENCE, &mut go_on).unwrap();
    };
    fetch(&own, "a");
    assert_eq!(shown(&own), [Some("Bearer secret".to_owned())]);
    assert_eq!((store.asked("").len(), shown(&store)), (1, vec![None]), "another port is another server");
    fetch(&other, "b");
    assert_eq!(shown(&other), [None], "another mirror");
}

/// A store that points back to the hub does not get the token shown there anew.
#[test]
fn a_token_that_was_left_at_home_does_not_come_back_on_the_way() {
    let (own, store, home) = (server(), server(), tempfile::tempdir().unwrap());
    own.trouble("model.safetensors", [Trouble::Elsewhere(store.address.clone())]);
    store.trouble("model.safetensors", [Trouble::Elsewhere(own.address.clone())]);
    fetch(&own, home.path()).unwrap();
    let asked = own.asked("model.safetensors");
    assert_eq!(asked.iter().map(|asked| asked.token.is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_variable_goes_first_and_a_login_is_for_its_own_hub() {
    let (hub, mirror) = ("https://huggingface.co/", "https://mirror.example/");
    let kept = |addresses: &[&str]| {
        Kept(addresses.iter().map(|&address| (address.to_owned(), token("kept"))).collect::<BTreeMap<_, _>>())
    };
    let all = |addresses: &[&str]| Tokens {
        endpoint: None,
        variable: Some(token("variable")),
        login: Some(token("login")),
        kept: kept(addresses),
    };
    let shown = |tokens: &Tokens, mirror: Option<&str>| {
        let hub = tokens.clone().hub(mirror).unwrap();
        hub.token().map(str::to_owned)
    };
    let here = |tokens: &Tokens| shown(tokens, None);
    let there = |tokens: &Tokens| shown(tokens, Some("https://mirror.example"));
    let said = |text: &str| Some(text.to_owned());
    let tokens = all(&[hub, mirror]);
    assert_eq!([here(&tokens), there(&tokens)], [said("variable"), said("variable")]);
    let tokens = Tokens { variable: None, ..tokens };
    assert_eq!([here(&tokens), there(&tokens)], [said("kept"), said("kept")]);
    let tokens = Tokens { variable: None, ..all(&[mirror]) };
    assert_eq!([here(&tokens), there(&tokens)], [said("login"), said("kept")]);
    let tokens = Tokens { variable: None, ..all(&[hub]) };
    assert_eq!([here(&tokens), there(&tokens)], [said("kept"), None]);
    // HF_ENDPOINT names the hub that the hub's own programs ask.
    let tokens = Tokens { endpoint: said("https://mirror.example"), ..tokens };
    assert_eq!([here(&tokens), shown(&tokens, Some(hub))], [said("login"), said("kept")]);
    // By the same name without TLS it is another.
    assert_eq!(shown(&tokens, Some("http://huggingface.co")), None);
}

#[test]
fn the_window_knows_which_token_is_used_and_not_what_it_is() {
    let access = Access { kept: vec!["https://mirror.example/".to_owned()], ..Access::default() };
    let from = |access: &Access, mirror| access.token_for(&access.hub(mirror).unwrap());
    let mirror = Some("https://mirror.example");
    assert_eq!([from(&access, None), from(&access, mirror)], [None, Some(TokenFrom::Kept)]);
    let access = Access { has_login: true, ..access };
    assert_eq!([from(&access, None), from(&access, Some(" "))], [Some(TokenFrom::Login); 2]);
    let access = Access { has_variable: true, ..access };
    assert_eq!(from(&access, mirror), Some(TokenFrom::Variable));
    assert!(access.keeps_for(&access.hub(mirror).unwrap()) && !access.keeps_for(&access.hub(None).unwrap()));
}

#[test]
fn tokens_lie_in_a_file_of_their_own_that_nobody_else_reads_until_they_are_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (Some("https://first.example"), Some("https://second.example"));
    keep_token(home.path(), first, token("one")).unwrap();
    keep_token(home.path(), second, token("two")).unwrap();
    keep_token(home.path(), first, token("three")).unwrap();
    let file = home.path().join("hub-tokens.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Whoever has opened it to others: the next one that is kept closes it.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        keep_token(home.path(), second, token("two")).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing lies beside it");
    let secret = |mirror| kept_in(home.path()).hub(mirror).unwrap().token().map(str::to_owned);
    assert_eq!([secret(first), secret(second)], [Some("three".to_owned()), Some("two".to_owned())]);
    forget_token(home.path(), first).unwrap();
    assert_eq!([secret(first), secret(second)], [None, Some("two".to_owned())]);
    forget_token(home.path(), second).unwrap();
    forget_token(home.path(), second).unwrap();
    assert!(!file.exists());
}

#[test]
fn a_damaged_file_is_named_without_what_stands_in_it_and_begun_anew() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("hub-tokens.json");
    for damaged in ["\"hf_secret\"", "{\"https://a.example/\": \"hf secret\"}", "{\"a\": 7, \"b\": \"hf_secret\"}"] {
        fs::write(&file, damaged).unwrap();
        let said = Hub::usual(Some("https://a.example"), home.path()).unwrap_err().to_string();
        assert!(said.contains("hub-tokens.json") && !said.contains("secret") && !said.contains('\n'), "{said}");
        assert_eq!(Access::now(home.path()).kept, Vec::<String>::new());
    }
    keep_token(home.path(), Some("https://a.example"), token("new")).unwrap();
    assert_eq!(Access::now(home.path()).kept, ["https://a.example/"]);
}

#[test]
fn no_message_has_the_token() {
    for text in ["", " ", "two words", "new\nline", "schlüssel", &"a".repeat(1 << 13)] {
        assert_eq!(Token::new(text), None, "{text:?}");
    }
    assert_eq!(token(" hf_secret\n").secret(), "hf_secret");
    assert!(!format!("{:?}", token("hf_secret")).contains("secret"));
    let tokens = Tokens { variable: Some(token("hf_secret")), ..Tokens::default() };
    assert!(!format!("{tokens:?} {:?}", tokens.clone().hub(None)).contains("secret"));
    for status in [401, 403] {
        let (server, home) = (server(), tempfile::tempdir().unwrap());
        server.trouble("revision/main", [Trouble::Status(status, "")]);
        let error = fetch(&server, home.path()).unwrap_err();
        assert!(error.asks_who() && !format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
    assert!(!HubError::NotThere(String::new()).asks_who());
}
