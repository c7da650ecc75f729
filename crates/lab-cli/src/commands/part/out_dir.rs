//! The default output folder: each run gets its own, below `figures/runs`, which git ignores.

use std::path::PathBuf;

use lab::{
    Error,
    drawing::Format,
    figures::NOTEBOOK_DPI,
    parts::NOTEBOOK_K,
    print::general,
    run::{Settings, Source},
};

use crate::cli::PartArgs;

/// How many letters of a text a folder's name repeats.
const LENGTH: usize = 40;

/// Refuses a folder named like a picture: with `--out part3.svg` the user expects a file.
pub(super) fn check(args: &PartArgs) -> Result<(), Error> {
    let Some(out) = args.out.as_ref().filter(|out| !out.is_dir()) else { return Ok(()) };
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    if ["png", "svg", "pdf", "html", "json", "txt"].contains(&ending.as_str()) {
        return Err(Error::NotAFolder { path: out.clone() });
    }
    Ok(())
}

/// `figures/runs/<models>` for all parts with the notebook's settings; any other run gets a folder beside it, named
/// after its options. The same settings give the same folder, so a run replaces its own earlier files and no others.
pub(super) fn of(settings: &Settings) -> PathBuf {
    let (models, prompt) = match &settings.source {
        Source::Nothing => (None, None),
        Source::Models { pair, prompt, .. } => (Some(pair.label.clone()), prompt.as_deref()),
        Source::Recorded { recorded, prompt, .. } => (Some(recorded.label()), prompt.as_deref()),
    };
    let mut words: Vec<String> = models.iter().map(|models| plain(models, LENGTH)).collect();
    if settings.parts.contains(&false) {
        let parts = (1..=5).filter(|&part| settings.has(part)).map(|part| part.to_string());
        words.push(format!("part{}", parts.collect::<Vec<_>>().join("-")));
    }
    words.extend(prompt.map(|prompt| plain(prompt, LENGTH)));
    // With fewer than ten tokens, the default is all of them.
    let of = match &settings.source {
        Source::Recorded { recorded, .. } => recorded.vocab_size,
        Source::Nothing | Source::Models { .. } => usize::MAX,
    };
    if settings.k != NOTEBOOK_K.min(of) {
        words.push(format!("k{}", settings.k));
    }
    if !settings.temperatures.is_empty() {
        let temperatures: Vec<String> = settings.temperatures.iter().map(|t| general(t.value())).collect();
        words.push(format!("t{}", plain(&temperatures.join("-"), LENGTH)));
    }
    if settings.beyond {
        words.push("beyond".to_owned());
    }
    if settings.log_y {
        words.push("log-y".to_owned());
    }
    if settings.style.theme == viz::Theme::Dark {
        words.push("dark".to_owned());
    }
    if settings.style.dpi != NOTEBOOK_DPI {
        words.push(format!("{}dpi", settings.style.dpi));
    }
    if settings.formats != [Format::Png] {
        words.extend(settings.formats.iter().map(|format| format.extension().to_owned()));
    }
    PathBuf::from("figures/runs").join(words.join("-"))
}

/// A text as a part of a file's name: its letters and digits, with dashes in between. If more than single spaces are
/// lost, or the text is too long, a checksum is added, so that two texts do not share a folder.
fn plain(text: &str, length: usize) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && !"+.".contains(c));
    let words: Vec<&str> = words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()).collect();
    let whole = words.join("-");
    let cut: String = whole.chars().take(length).collect();
    if cut == whole && whole == text.replace(' ', "-") {
        return cut;
    }
    format!("{cut}-{:06x}", checksum(text) & 0xff_ffff).trim_start_matches('-').to_owned()
}

/// FNV-1a, which gives the same on every machine and in every version.
fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Format, NOTEBOOK_DPI, PathBuf, Settings, Source, of, plain};
    use lab::figures::Style;

    fn settings(parts: [bool; 5]) -> Settings {
        Settings {
            parts,
            source: Source::Nothing,
            k: 10,
            temperatures: Vec::new(),
            beyond: false,
            log_y: false,
            formats: vec![Format::Png],
            style: Style { dpi: NOTEBOOK_DPI, theme: viz::Theme::Light },
        }
    }

    #[test]
    fn a_folder_says_what_differs() {
        let one = settings([true, false, false, false, false]);
        assert_eq!(of(&one), Path::new("figures/runs/part1"));
        let other = Settings {
            log_y: true,
            temperatures: vec![softmax_core::Temperature::ONE],
            k: 5,
            formats: vec![Format::Png, Format::Svg],
            style: Style { dpi: 100, theme: viz::Theme::Dark },
            ..settings([true, true, false, false, false])
        };
        assert_eq!(of(&other), PathBuf::from("figures/runs/part1-2-k5-t1-log-y-dark-100dpi-png-svg"));
    }

    #[test]
    fn texts_that_differ_do_not_share_a_folder_and_none_leads_out_of_it() {
        assert_eq!(plain("Once upon a time", 40), "Once-upon-a-time");
        assert_eq!(plain("small+demo", 40), "small+demo");
        assert_eq!(plain("gpt2-large", 40), "gpt2-large");
        let texts =
            ["Hi", "hi", "Hi!", "Hi?", "Hi ", "!", "?", "..", "../../x", "/etc", &"a".repeat(50), &"a".repeat(51)];
        let names = texts.map(|text| plain(text, 40));
        for (i, name) in names.iter().enumerate() {
            assert!(!name.is_empty() && !name.contains('/') && !name.starts_with('.'), "{name}");
            assert!(name.len() <= 47 && !names[..i].contains(name), "{name}");
        }
    }
}
