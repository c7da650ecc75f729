//! Where the hub is.
use std::path::PathBuf;

/// Where the hub is and how to talk to it, as Python's `huggingface_hub` reads it from the environment.
///
/// - `HF_ENDPOINT`: the hub's address.
/// - `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`: the token.
/// - `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `$HF_HOME/hub`, where `HF_HOME` is `~/.cache/huggingface`:
///   Python's cache. `~`, `$NAME` and `${NAME}` in these are expanded; a `~` of another user is not.
/// - `HF_HUB_OFFLINE`, else `TRANSFORMERS_OFFLINE`: no packet leaves.
#[derive(Clone)]
pub struct Hub {
    /// Its address, without a slash at the end.
    pub endpoint: String,
    /// The token sent to the endpoint, and to no other scheme, host or port.
    pub token: Option<String>,
    /// Whether to do without the network.
    pub offline: bool,
    /// Python's cache, if there is a place for one.
    pub cache: Option<PathBuf>,
}

impl Hub {
    /// The settings of this process' environment.
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The settings that `lookup` gives, by variable name.
    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let home = || get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let path = |name: &str| Some(expand(&get(name)?, home(), &lookup));
        let cache = path("HF_HUB_CACHE")
            .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(path("HF_HOME")?.join("hub")))
            .or_else(|| Some(path("XDG_CACHE_HOME")?.join("huggingface/hub")))
            .or_else(|| Some(home()?.join(".cache/huggingface/hub")));
        let is_true = |value: String| ["1", "ON", "YES", "TRUE"].contains(&value.to_ascii_uppercase().as_str());
        Self {
            endpoint: get("HF_ENDPOINT").unwrap_or("https://huggingface.co".into()).trim_end_matches('/').to_owned(),
            token: get("HF_TOKEN")
                .or_else(|| get("HUGGING_FACE_HUB_TOKEN"))
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty()),
            offline: get("HF_HUB_OFFLINE").or_else(|| get("TRANSFORMERS_OFFLINE")).is_some_and(is_true),
            cache,
        }
    }
}

/// Expands a path as Python's `expandvars(expanduser(text))` does: an unset variable stays as written.
fn expand(text: &str, home: Option<PathBuf>, lookup: impl Fn(&str) -> Option<String>) -> PathBuf {
    let text = match (text.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display().to_string().trim_end_matches('/'))
        }
        _ => text.to_owned(),
    };
    let (mut expanded, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find('$') {
        expanded += &rest[..at];
        rest = &rest[at..];
        let (name, length) = match rest[1..].strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + "${}".len()),
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name = &rest[1..][..rest[1..].find(|c| !is_name(c)).unwrap_or(rest.len() - 1)];
                (name, 1 + name.len())
            }
        };
        let value = Some(name).filter(|name| !name.is_empty()).and_then(&lookup);
        expanded += value.as_deref().unwrap_or(&rest[..length]);
        rest = &rest[length..];
    }
    PathBuf::from(expanded + rest)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Hub;

    fn hub(variables: &[(&str, &str)]) -> Hub {
        Hub::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn variables_read_as_in_python() {
        let me = ("HOME", "/home/me");
        for (variables, want) in [
            (vec![me], "/home/me/.cache/huggingface/hub"),
            (vec![me, ("XDG_CACHE_HOME", "/c")], "/c/huggingface/hub"),
            (vec![me, ("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/c")], "/h/hub"),
            (vec![me, ("HF_HOME", "/h"), ("HF_HUB_CACHE", "/new")], "/new"),
            (vec![me, ("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old")], "/old"),
            (vec![me, ("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_CACHE", "/new")], "/new"),
            // Values of huggingface_hub 2.4.0's constants.HF_HUB_CACHE for the same variables.
            (vec![me, ("HF_HOME", "~/hf")], "/home/me/hf/hub"),
            (vec![me, ("HF_HOME", "~")], "/home/me/hub"),
            (vec![me, ("HF_HOME", "/x/~")], "/x/~/hub"),
            (vec![me, ("HF_HOME", "$DISK/hf"), ("DISK", "/mnt/d")], "/mnt/d/hf/hub"),
            (vec![me, ("HF_HOME", "${DISK}x/$NONE/$"), ("DISK", "/mnt/d")], "/mnt/dx/$NONE/$/hub"),
            (vec![me, ("HF_HOME", "${DISK/$ß"), ("DISK", "/mnt/d")], "${DISK/$ß/hub"),
            (vec![me, ("HF_HUB_CACHE", "~/c/${A}$B"), ("A", "1"), ("B", "$A")], "/home/me/c/1$A"),
            (vec![me, ("HUGGINGFACE_HUB_CACHE", "$HOME/c")], "/home/me/c"),
            (vec![me, ("XDG_CACHE_HOME", "~/c")], "/home/me/c/huggingface/hub"),
        ] {
            assert_eq!(hub(&variables).cache.as_deref(), Some(Path::new(want)), "{variables:?}");
        }
        assert_eq!(hub(&[]).endpoint, "https://huggingface.co");
        assert_eq!(hub(&[("HF_ENDPOINT", "http://mirror:8080/")]).endpoint, "http://mirror:8080");
        assert!(hub(&[("HF_HUB_OFFLINE", "yes")]).offline && !hub(&[("HF_HUB_OFFLINE", "0")]).offline);
        assert!(hub(&[("TRANSFORMERS_OFFLINE", "1")]).offline);
        assert_eq!(hub(&[("HUGGING_FACE_HUB_TOKEN", "hf_old")]).token.as_deref(), Some("hf_old"));
        assert_eq!(hub(&[("HF_TOKEN", " \n")]).token, None);
        assert_eq!(hub(&[("HF_TOKEN", " hf_env\n")]).token.as_deref(), Some("hf_env"));
    }
}
