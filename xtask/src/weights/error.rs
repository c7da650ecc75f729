use crate::download;

/// Why weights are not in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// tmp
    #[error("offline")]
    Offline,
    /// A file did not arrive.
    #[error(transparent)]
    Download(#[from] download::Error),
}

impl Error {
    /// Whether the hub could not be reached or was not to be asked.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Offline => true,
            Self::Download(error) => error.is_unreachable(),
        }
    }
}
