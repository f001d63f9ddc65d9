use super::*;

fn colour(text: &str) -> Colour {
    Colour::try_from(text.to_owned()).unwrap()
}

#[test]
fn contrast_is_that_of_wcag() {
    let close = |one: f64, two: f64| (one - two).abs() < 0.01;
    assert!(close(BLACK.contrast(WHITE), 21.0));
    assert!(close(WHITE.contrast(WHITE), 1.0));
    assert!(close(colour("#767676").contrast(WHITE), 4.54));
    assert!(close(colour("#0000ff").contrast(WHITE), 8.59));
}

#[test]
fn our_colours_can_be_read() {
    Colours::default().style().unwrap();
}

#[test]
fn any_accent_that_is_read_on_white_makes_both_schemes() {
    for accent in ["#7a1fa2", "#b00020", "#1a4dff", "#2e5902", "#000000"] {
        let colours: Colours = toml::from_str(&format!("light.accent = '{accent}'")).unwrap();
        let style = colours.style().unwrap();
        assert!(style.contains(&format!("--accent: {accent}")), "{style}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_both_colours_and_the_ratio() {
    let colours: Colours = toml::from_str("light.accent = '#ffcc00'").unwrap();
    let problem = colours.style().unwrap_err();
    for part in ["light", "accent #ffcc00", "paper #ffffff", "1.51", "4.5"] {
        assert!(problem.contains(part), "{part} in {problem}");
    }
}

#[test]
fn a_colour_has_six_digits() {
    for wrong in ["#fff", "red", "#12345g", "123456", "#+12345", "#ééé"] {
        assert!(Colour::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
    assert_eq!(colour("#0B5c66").to_string(), "#0b5c66");
}
