use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use super::behaviour::differences;
use super::cache;
use super::checkpoint::parameters;
use super::manifest::{Model, Pinned};
use super::record::{Behaviour, FileRecord, Record, Source, Verified, stamp};
use super::{Error, ModelDir, Options};
use crate::download::{Lock, Request, fetch, reach, sha256_of};

/// Puts models in place, one after the other.
pub(super) struct Placer<'o> {
    options: &'o Options,
    /// Whether the hub has answered in this run.
    reached: Cell<bool>,
}

impl<'o> Placer<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self { options, reached: Cell::new(false) }
    }

    /// A verified copy in the folder; else Python's cache; else the hub.
    pub(super) fn place(&self, model: &Model) -> Result<ModelDir, Error> {
        let folder = self.folder(model);
        let in_place = |record: &Record| record.holds(&folder, model);
        let record = match Record::read(&folder, model).filter(in_place).filter(|_| !self.options.force) {
            Some(record) => record,
            None => {
                fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
                let lock = Lock::acquire(&self.options.dir.join(format!(".{}.lock", model.name)), || {
                    eprintln!("{}: another run is fetching this; waiting for it", model.name);
                });
                let lock = lock.map_err(Error::download(&model.name))?;
                let fresh = !self.options.force || lock.waited;
                match Record::read(&folder, model).filter(in_place).filter(|_| fresh) {
                    Some(record) => record,
                    None => self.gather(model, &folder)?,
                }
            }
        };
        self.behave(model, &folder, record, false)
    }

    /// Hashes every file again, checks the shapes, and runs the model if there are published values.
    pub(super) fn verify(&self, model: &Model) -> Result<ModelDir, Error> {
        let folder = self.folder(model);
        let missing = || Error::Missing { name: model.name.clone(), folder: folder.clone() };
        let mut record = Record::read(&folder, model).ok_or_else(missing)?;
        for pinned in &model.files {
            let path = folder.join(&pinned.path);
            let recorded = record.file(&pinned.path).filter(|_| path.is_file()).ok_or_else(missing)?;
            let expected = pinned.sha256.clone().unwrap_or_else(|| recorded.sha256.clone());
            let (_, got) = sha256_of(&path).map_err(Error::download(&model.name))?;
            if !expected.eq_ignore_ascii_case(&got) {
                // A record that is known to be wrong must not vouch for the file any longer.
                Record::remove(&folder)?;
                return Err(Error::Damaged { name: model.name.clone(), path, expected, got });
            }
        }
        check_shapes(model, &folder)?;
        for file in &mut record.files {
            (file.bytes, file.mtime_ns) = stamp(&folder.join(&file.path)).unwrap_or((file.bytes, file.mtime_ns));
        }
        record.verified.behaviour = unchecked(model);
        self.behave(model, &folder, record, true)
    }

    fn folder(&self, model: &Model) -> PathBuf {
        self.options.dir.join(&model.name)
    }

    fn gather(&self, model: &Model, folder: &Path) -> Result<Record, Error> {
        let known = Record::read(folder, model);
        // From here on the folder may change: until all is verified again, nothing vouches for it.
        Record::remove(folder)?;
        let mut files = Vec::new();
        for pinned in &model.files {
            let recorded = known.as_ref().and_then(|record| record.file(&pinned.path));
            let sha256 = pinned.sha256.as_deref().or(recorded.map(|file| file.sha256.as_str()));
            files.push(self.gather_file(model, folder, pinned, sha256)?);
        }
        let parameters = check_shapes(model, folder)?;
        let record = Record {
            name: model.name.clone(),
            repo: model.repo.clone(),
            revision: model.revision.clone(),
            endpoint: self.options.hub.endpoint.clone(),
            parameters,
            files,
            verified: Verified { sha256: true, shapes: true, behaviour: unchecked(model) },
        };
        record.write(folder)?;
        Ok(record)
    }

    fn gather_file(
        &self,
        model: &Model,
        folder: &Path,
        pinned: &Pinned,
        sha256: Option<&str>,
    ) -> Result<FileRecord, Error> {
        let Options { hub, force, download, .. } = self.options;
        let dest = folder.join(&pinned.path);
        if let Some(folder) = dest.parent() {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        let done = |sha256: String, source| {
            let (bytes, mtime_ns) = stamp(&dest).unwrap_or_default();
            FileRecord { path: pinned.path.clone(), bytes, sha256, mtime_ns, source }
        };
        if !force {
            if let Some(want) = sha256.filter(|_| dest.is_file()) {
                let (_, got) = sha256_of(&dest).map_err(Error::download(&model.name))?;
                if got.eq_ignore_ascii_case(want) {
                    return Ok(done(got, Source::Folder));
                }
            }
            if let Some(cache) = &hub.cache
                && let Some(found) = cache::find(cache, model, &pinned.path, sha256)?
                && pinned.bytes.is_none_or(|bytes| bytes == found.bytes)
            {
                found.place(&dest)?;
                return Ok(done(found.sha256, Source::Cache));
            }
        }
        if let Some(why) = &hub.offline {
            let (name, file) = (model.name.clone(), pinned.path.clone());
            return Err(Error::Offline { name, file, folder: folder.into(), why: why.clone() });
        }
        let url = hub.url(&model.repo, &model.revision, &pinned.path);
        if let Some(limit) = self.options.reach_within.filter(|_| !self.reached.replace(true)) {
            reach(&url, limit, download).map_err(Error::download(&model.name))?;
        }
        let label = format!("{}/{}", model.name, pinned.path);
        let request = Request::new(&url).bytes(pinned.bytes).sha256(sha256).token(hub.token.as_deref()).label(&label);
        // What is there is not what is wanted, or was to be replaced.
        let download = crate::download::Options { replace: true, ..download.clone() };
        let fetched = fetch(&request, &dest, &download).map_err(Error::download(&model.name))?;
        Ok(done(fetched.sha256, Source::Hub))
    }

    /// Compares with published values, once, where there are any and there is a program to run the model with.
    fn behave(&self, model: &Model, folder: &Path, mut record: Record, strict: bool) -> Result<ModelDir, Error> {
        let before = record.verified.behaviour.clone();
        if let Some(lab) = &self.options.lab
            && matches!(before, Behaviour::Unchecked | Behaviour::Differs(_))
        {
            eprintln!("{}: comparing its logits with published values", model.name);
            match differences(lab, &model.name, folder) {
                Ok(found) => record.verified.behaviour = found.map_or(Behaviour::Published, Behaviour::Differs),
                // The weights are whole: a program that cannot run them is its own caller's concern.
                Err(error @ Error::Lab { .. }) if !strict => eprintln!("{error}"),
                Err(error) => return Err(error),
            }
        }
        if Record::read(folder, model).as_ref() != Some(&record) {
            record.write(folder)?;
        }
        match record.verified.behaviour {
            Behaviour::Differs(cause) => Err(Error::Behaviour { name: model.name.clone(), cause }),
            behaviour => Ok(ModelDir {
                name: model.name.clone(),
                path: folder.into(),
                parameters: record.parameters,
                source: record.files.iter().map(|file| file.source).max().unwrap_or(Source::Folder),
                behaviour,
            }),
        }
    }
}

fn unchecked(model: &Model) -> Behaviour {
    if model.published.is_some() { Behaviour::Unchecked } else { Behaviour::NoPublishedValues }
}

fn check_shapes(model: &Model, folder: &Path) -> Result<u64, Error> {
    let error = |file: &str, cause| Error::Checkpoint { name: model.name.clone(), path: folder.join(file), cause };
    let count = parameters(folder).map_err(|(file, cause)| error(file, cause))?;
    match model.parameters.filter(|want| *want != count) {
        Some(want) => Err(error("model.safetensors", format!("it has {count} parameters, {want} are expected"))),
        None => Ok(count),
    }
}
