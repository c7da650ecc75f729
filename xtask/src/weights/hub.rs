//! Where the hub is.
use std::{fs, path::PathBuf};

/// Where the hub is and how to talk to it, as Python's `huggingface_hub` reads it from the environment.
///
/// - `HF_ENDPOINT`: the hub's address.
/// - `HF_TOKEN` (or `HUGGING_FACE_HUB_TOKEN`), else the file that `HF_TOKEN_PATH` names, else `$HF_HOME/token`;
///   `HF_HUB_DISABLE_IMPLICIT_TOKEN` for no token.
/// - `HF_HUB_CACHE` (or `HUGGINGFACE_HUB_CACHE`), else `$HF_HOME/hub`, where `HF_HOME` is `~/.cache/huggingface`.
/// - `HF_HUB_OFFLINE` (or `TRANSFORMERS_OFFLINE`): no packet leaves.
#[derive(Clone)]
pub struct Hub {
    /// Its address, without a slash at the end.
    pub endpoint: String,
    /// The token sent to the endpoint, and to no other host.
    pub token: Option<String>,
    /// The option or variable that forbids to use the network.
    pub offline: Option<String>,
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
        let is_true = |name: &str| {
            get(name).is_some_and(|value| ["1", "ON", "YES", "TRUE"].contains(&value.to_ascii_uppercase().as_str()))
        };
        let path = |name: &str| {
            let expanded = shellexpand::full_with_context_no_errors(&get(name)?, || get("HOME"), &get).into_owned();
            Some(PathBuf::from(expanded))
        };
        let below = |folder: Option<PathBuf>, name: &str| Some(folder?.join(name));
        let home = get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let user_cache = get("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| below(home, ".cache"));
        let hf_home = path("HF_HOME").or_else(|| below(user_cache, "huggingface"));
        let token_path = path("HF_TOKEN_PATH").or_else(|| below(hf_home.clone(), "token"));
        let from_file = || fs::read_to_string(token_path?).ok().and_then(|text| clean(&text));
        let from_env = || ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].iter().find_map(|name| clean(&get(name)?));
        let token = if is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN") { None } else { from_env().or_else(from_file) };
        // Python: the second counts only where the first is unset or empty.
        let offline = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].into_iter().find(|name| get(name).is_some());
        Self {
            endpoint: get("HF_ENDPOINT").unwrap_or("https://huggingface.co".into()).trim_end_matches('/').to_owned(),
            token,
            offline: offline.filter(|name| is_true(name)).map(|name| format!("{name}=1")),
            cache: path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE")).or_else(|| below(hf_home, "hub")),
        }
    }

    pub(super) fn url(&self, repo: &str, revision: &str, file: &str) -> String {
        format!("{}/{repo}/resolve/{revision}/{file}", self.endpoint)
    }
}

fn clean(token: &str) -> Option<String> {
    let token = token.replace(['\r', '\n'], "").trim().to_owned();
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Hub;

    fn hub(variables: &[(&str, &str)]) -> Hub {
        Hub::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_cache_is_found_as_python_finds_it() {
        let me = ("HOME", "/home/me");
        for (variables, want) in [
            (vec![me], "/home/me/.cache/huggingface/hub"),
            (vec![me, ("XDG_CACHE_HOME", "/c")], "/c/huggingface/hub"),
            (vec![me, ("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/c")], "/h/hub"),
            (vec![me, ("HF_HOME", "~/h")], "/home/me/h/hub"),
            (vec![me, ("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old")], "/old"),
            (vec![me, ("HF_HUB_CACHE", "$DATA/a${N}b/$NO/"), ("DATA", "/d"), ("N", "1")], "/d/a1b/$NO/"),
            (vec![me, ("HF_HUB_CACHE", "/new"), ("HUGGINGFACE_HUB_CACHE", "/old")], "/new"),
        ] {
            assert_eq!(hub(&variables).cache.as_deref(), Some(Path::new(want)), "{variables:?}");
        }
    }

    #[test]
    fn endpoint_token_and_offline_read_as_in_python() {
        assert_eq!(hub(&[]).endpoint, "https://huggingface.co");
        assert_eq!(hub(&[("HF_ENDPOINT", "http://mirror:8080/")]).endpoint, "http://mirror:8080");
        assert_eq!(hub(&[("HF_HUB_OFFLINE", "yes")]).offline.as_deref(), Some("HF_HUB_OFFLINE=1"));
        assert_eq!(hub(&[("TRANSFORMERS_OFFLINE", "1")]).offline.as_deref(), Some("TRANSFORMERS_OFFLINE=1"));
        assert_eq!(hub(&[("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_OFFLINE", "1")]).offline, None);
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "hf_file\n").unwrap();
        let hf_home = ("HF_HOME", home.path().to_str().unwrap());
        assert_eq!(hub(&[hf_home]).token.as_deref(), Some("hf_file"));
        assert_eq!(hub(&[hf_home, ("HF_TOKEN", " hf_env ")]).token.as_deref(), Some("hf_env"));
        assert_eq!(hub(&[hf_home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).token, None);
    }
}
