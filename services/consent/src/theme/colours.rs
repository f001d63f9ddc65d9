//! Colours, and whether people can read them.

use serde::Deserialize;
use std::fmt::{self, Write as _};

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Colour([u8; 3]);

const WHITE: Colour = Colour([255; 3]);
const BLACK: Colour = Colour([0; 3]);

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let six = |digits: &&str| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        let digits = text.strip_prefix('#').filter(six);
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number
            .ok_or_else(|| format!("`{text}` is no colour: expected six digits such as #0b5c66"))?
            .to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast ratio (WCAG 2.2), from 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// White or black: what is read better on it.
    fn opposite(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The first step towards white that is read well on `ground`.
    fn lightened(self, ground: Self) -> Self {
        let steps = (0..=255u16).map(|step| {
            Self(self.0.map(|part| {
                let part = u16::from(part) + (255 - u16::from(part)) * step / 255;
                u8::try_from(part).unwrap_or(u8::MAX)
            }))
        });
        steps.into_iter().find(|colour| colour.contrast(ground) >= TEXT).unwrap_or(WHITE)
    }
}

/// What text needs (WCAG 2.2, 1.4.3).
const TEXT: f64 = 4.5;
/// What the border of a field and the mark of the focus need (WCAG 2.2, 1.4.11).
const SHAPE: f64 = 3.0;

/// The colours of one scheme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// Behind the form.
    paper: Colour,
    /// Around it, on wide screens.
    ground: Colour,
    ink: Colour,
    /// Text of less weight.
    soft: Colour,
    /// The border of a field.
    line: Colour,
    accent: Colour,
    on_accent: Colour,
    alarm: Colour,
    alarm_ground: Colour,
}

const LIGHT: Palette = Palette {
    paper: WHITE,
    ground: Colour([0xf1, 0xf4, 0xf6]),
    ink: Colour([0x14, 0x1c, 0x24]),
    soft: Colour([0x51, 0x5d, 0x6a]),
    line: Colour([0x82, 0x8d, 0x99]),
    accent: Colour([0x0b, 0x5c, 0x66]),
    on_accent: WHITE,
    alarm: Colour([0x9f, 0x16, 0x1f]),
    alarm_ground: Colour([0xfd, 0xee, 0xed]),
};

const DARK: Palette = Palette {
    paper: Colour([0x19, 0x1f, 0x26]),
    ground: Colour([0x0f, 0x13, 0x18]),
    ink: Colour([0xec, 0xf1, 0xf5]),
    soft: Colour([0xa6, 0xb2, 0xbe]),
    line: Colour([0x74, 0x80, 0x8d]),
    accent: Colour([0x74, 0xd3, 0xde]),
    on_accent: Colour([0x06, 0x26, 0x2b]),
    alarm: Colour([0xff, 0xb3, 0xb6]),
    alarm_ground: Colour([0x3b, 0x1a, 0x1d]),
};

/// What an operator says about the colours of one scheme. The rest is ours, or follows.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Chosen {
    paper: Option<Colour>,
    ground: Option<Colour>,
    ink: Option<Colour>,
    soft: Option<Colour>,
    line: Option<Colour>,
    accent: Option<Colour>,
    on_accent: Option<Colour>,
    alarm: Option<Colour>,
    alarm_ground: Option<Colour>,
}

/// Both schemes.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Colours {
    light: Chosen,
    dark: Chosen,
}

impl Colours {
    /// These, and where nothing is said, those of the main brand. What follows from an accent follows
    /// from the nearer one.
    pub(crate) fn over(self, main: &Self) -> Self {
        let mut dark = main.dark;
        if self.light.accent.is_some() {
            (dark.accent, dark.on_accent) = (None, None);
        }
        Self { light: self.light.or(main.light), dark: self.dark.or(dark) }
    }

    /// The style sheet's variables. Fails with words where something could not be read.
    pub(crate) fn style(&self) -> Result<String, String> {
        let light = self.light.over(LIGHT);
        let dark = match (self.light.accent, self.dark.accent) {
            // One accent is enough: on dark paper it is as light as it has to be.
            (Some(accent), None) => {
                let paper = self.dark.paper.unwrap_or(DARK.paper);
                let accent = Some(accent.lightened(paper));
                Chosen { accent, ..self.dark }.over(DARK)
            }
            _ => self.dark.over(DARK),
        };
        light.check("light")?;
        dark.check("dark")?;
        Ok(format!(
            ":root {{ color-scheme: light dark; {light} }}\n\
             @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        ))
    }
}

impl Chosen {
    fn or(self, main: Self) -> Self {
        let on_accent = main.on_accent.filter(|_| self.accent.is_none());
        Self {
            paper: self.paper.or(main.paper),
            ground: self.ground.or(main.ground),
            ink: self.ink.or(main.ink),
            soft: self.soft.or(main.soft),
            line: self.line.or(main.line),
            accent: self.accent.or(main.accent),
            on_accent: self.on_accent.or(on_accent),
            alarm: self.alarm.or(main.alarm),
            alarm_ground: self.alarm_ground.or(main.alarm_ground),
        }
    }

    fn over(&self, ours: Palette) -> Palette {
        let on_accent = self.on_accent.or_else(|| self.accent.map(Colour::opposite));
        Palette {
            paper: self.paper.unwrap_or(ours.paper),
            ground: self.ground.unwrap_or(ours.ground),
            ink: self.ink.unwrap_or(ours.ink),
            soft: self.soft.unwrap_or(ours.soft),
            line: self.line.unwrap_or(ours.line),
            accent: self.accent.unwrap_or(ours.accent),
            on_accent: on_accent.unwrap_or(ours.on_accent),
            alarm: self.alarm.unwrap_or(ours.alarm),
            alarm_ground: self.alarm_ground.unwrap_or(ours.alarm_ground),
        }
    }
}

impl Palette {
    fn named(&self) -> [(&'static str, Colour); 9] {
        [
            ("paper", self.paper),
            ("ground", self.ground),
            ("ink", self.ink),
            ("soft", self.soft),
            ("line", self.line),
            ("accent", self.accent),
            ("on-accent", self.on_accent),
            ("alarm", self.alarm),
            ("alarm-ground", self.alarm_ground),
        ]
    }

    /// Every pair that the style sheet lays on one another.
    fn check(&self, scheme: &str) -> Result<(), String> {
        const PAIRS: [(&str, &str, f64); 11] = [
            ("ink", "paper", TEXT),
            ("ink", "ground", TEXT),
            ("soft", "paper", TEXT),
            ("soft", "ground", TEXT),
            ("accent", "paper", TEXT),
            ("accent", "ground", TEXT),
            ("on-accent", "accent", TEXT),
            ("alarm", "alarm-ground", TEXT),
            ("alarm", "paper", SHAPE),
            ("line", "paper", SHAPE),
            ("line", "ground", SHAPE),
        ];
        let named = self.named();
        let colour = |name: &str| named.iter().find(|(known, _)| *known == name);
        for (above, below, needed) in PAIRS {
            let (Some((_, upper)), Some((_, lower))) = (colour(above), colour(below)) else {
                continue;
            };
            let contrast = upper.contrast(*lower);
            if contrast < needed {
                return Err(format!(
                    "{scheme}: {above} {upper} on {below} {lower} has a contrast of {contrast:.2}, and \
                     WCAG 2.2 AA asks for {needed} or more: choose colours that lie further apart"
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut variables = String::new();
        for (name, colour) in self.named() {
            write!(variables, "--{name}: {colour}; ")?;
        }
        f.write_str(variables.trim_end())
    }
}

#[cfg(test)]
mod tests;
