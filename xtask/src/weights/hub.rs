//! Where the hub is.
use std::path::PathBuf;

/// Where the hub is and how to talk to it, as Python's `huggingface_hub` reads it from the environment.
///
/// - `HF_ENDPOINT`: the hub's address.
/// - `HF_TOKEN`: the token.
/// - `HF_HUB_CACHE`, else `$HF_HOME/hub`, where `HF_HOME` is `~/.cache/huggingface`: Python's cache.
/// - `HF_HUB_OFFLINE`: no packet leaves.
#[derive(Clone)]
pub struct Hub {
    /// Its address, without a slash at the end.
    pub endpoint: String,
    /// The token sent to the endpoint, and to no other host.
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
        let below = |name: &str, folder: &str| Some(PathBuf::from(get(name)?).join(folder));
        let cache = below("HF_HUB_CACHE", "")
            .or_else(|| below("HF_HOME", "hub"))
            .or_else(|| below("XDG_CACHE_HOME", "huggingface/hub"))
            .or_else(|| below("HOME", ".cache/huggingface/hub"))
            .or_else(|| below("USERPROFILE", ".cache/huggingface/hub"));
        let is_true = |value: String| ["1", "ON", "YES", "TRUE"].contains(&value.to_ascii_uppercase().as_str());
        Self {
            endpoint: get("HF_ENDPOINT").unwrap_or("https://huggingface.co".into()).trim_end_matches('/').to_owned(),
            token: get("HF_TOKEN").map(|token| token.trim().to_owned()),
            offline: get("HF_HUB_OFFLINE").is_some_and(is_true),
            cache,
        }
    }
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
        ] {
            assert_eq!(hub(&variables).cache.as_deref(), Some(Path::new(want)), "{variables:?}");
        }
        assert_eq!(hub(&[]).endpoint, "https://huggingface.co");
        assert_eq!(hub(&[("HF_ENDPOINT", "http://mirror:8080/")]).endpoint, "http://mirror:8080");
        assert!(hub(&[("HF_HUB_OFFLINE", "yes")]).offline && !hub(&[("HF_HUB_OFFLINE", "0")]).offline);
        assert_eq!(hub(&[("HF_TOKEN", " hf_env\n")]).token.as_deref(), Some("hf_env"));
    }
}
