//! Puts models in place, one after the other.
use std::{cell::Cell, fs, path::Path};

use anyhow::{Result, anyhow};

use super::{
    Behaviour, ModelDir, Options,
    behaviour::compare,
    cache,
    manifest::{Model, Pinned},
    record::{FileRecord, Record, stamp},
};
use crate::{
    disk::{failed, lock, sha256_of},
    download::{self, Request, fetch, reach},
    lab,
};

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
    pub(super) fn place(&self, model: &Model) -> Result<ModelDir> {
        let folder = self.options.dir.join(&model.name);
        let in_place = || Record::read(&folder, model).map(|found| found.filter(|record| record.holds(&folder, model)));
        let record = match in_place()?.filter(|_| !self.options.force) {
            Some(record) => record,
            None => {
                fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
                let name = &model.name;
                let (_held, waited) = lock(&self.options.dir.join(format!(".{name}.lock")), || {
                    eprintln!("{name}: another run is fetching this; waiting for it");
                })?;
                match in_place()?.filter(|_| !self.options.force || waited) {
                    Some(record) => record,
                    None => self.gather(model, &folder)?,
                }
            }
        };
        let due = matches!(record.behaviour, Behaviour::Unchecked | Behaviour::Differs(_));
        let lab = self.options.lab.clone().unwrap_or_else(lab::path);
        let lab = Some(lab).filter(|lab| due && model.published.is_some() && lab.is_file());
        Self::behave(model, &folder, record, lab.as_deref(), false)
    }

    /// Hashes every file again, and has the lab run the model.
    pub(super) fn verify(&self, model: &Model) -> Result<ModelDir> {
        let folder = self.options.dir.join(&model.name);
        let (name, shown) = (&model.name, folder.display());
        let missing = || anyhow!("{shown} holds no verified weights; run `cargo xtask weights {name}` first");
        let mut record = Record::read(&folder, model)?.ok_or_else(missing)?;
        for pinned in &model.files {
            let path = folder.join(&pinned.path);
            let recorded = record.file(&pinned.path).filter(|_| path.is_file()).ok_or_else(missing)?;
            let expected = pinned.sha256.as_ref().unwrap_or(&recorded.sha256);
            let (_, got) = sha256_of(&path)?;
            if !expected.eq_ignore_ascii_case(&got) {
                // A record that is known to be wrong must not vouch for the file any longer.
                Record::remove(&folder)?;
                let path = path.display();
                return Err(anyhow!(
                    "{path} has sha256 {got} where {expected} is expected; run `cargo xtask weights {name}` to fetch \
                     it anew"
                ));
            }
        }
        for file in &mut record.files {
            (file.bytes, file.mtime_ns) = stamp(&folder.join(&file.path)).unwrap_or((file.bytes, file.mtime_ns));
        }
        Self::behave(model, &folder, record, self.options.lab.as_deref(), true)
    }

    fn gather(&self, model: &Model, folder: &Path) -> Result<Record> {
        let known = Record::read(folder, model)?;
        // From here on the folder may change: until all is verified again, nothing vouches for it.
        Record::remove(folder)?;
        let mut files = Vec::new();
        for pinned in &model.files {
            let recorded = known.as_ref().and_then(|record| record.file(&pinned.path));
            files.push(self.gather_file(model, folder, pinned, recorded)?);
        }
        let record = Record {
            repo: model.repo.clone(),
            revision: model.revision.clone(),
            files,
            behaviour: if model.published.is_some() { Behaviour::Unchecked } else { Behaviour::NoPublishedValues },
        };
        record.write(folder)?;
        Ok(record)
    }

    fn gather_file(
        &self,
        model: &Model,
        folder: &Path,
        pinned: &Pinned,
        recorded: Option<&FileRecord>,
    ) -> Result<FileRecord> {
        let Options { hub, force, download, .. } = self.options;
        let (path, dest) = (&pinned.path, folder.join(&pinned.path));
        let sha256 = pinned.sha256.as_deref().or(recorded.map(|file| file.sha256.as_str()));
        if let Some(folder) = dest.parent() {
            fs::create_dir_all(folder).map_err(failed("create", folder))?;
        }
        // The sha256 of a first download is as good as what that was held against.
        let known = pinned.sha256.is_some() || recorded.is_none_or(|file| file.by_sha256);
        let done = |sha256: String, by_sha256| {
            let (bytes, mtime_ns) = stamp(&dest).unwrap_or_default();
            FileRecord { path: path.clone(), bytes, sha256, mtime_ns, by_sha256: by_sha256 && known }
        };
        if !force {
            if let Some(want) = sha256.filter(|_| dest.is_file()) {
                let (_, got) = sha256_of(&dest)?;
                if got.eq_ignore_ascii_case(want) {
                    return Ok(done(got, true));
                }
            }
            if let Some(cache) = &hub.cache
                && let Some(found) = cache::find(cache, model, path, sha256)?
                && pinned.bytes.is_none_or(|bytes| bytes == found.bytes)
            {
                found.place(&dest)?;
                return Ok(done(found.sha256, found.by_sha256));
            }
        }
        let name = &model.name;
        if let Some(why) = &hub.offline {
            return Err(anyhow!(
                "{path} is neither in {} nor in Python's cache, and {why} forbids to fetch it; run \
                 `cargo xtask weights {name}` with a network",
                folder.display()
            ));
        }
        let url = hub.url(&model.repo, &model.revision, path);
        if let Some(limit) = self.options.reach_within.filter(|_| !self.reached.replace(true)) {
            reach(&url, limit, download)?;
        }
        let label = format!("{name}/{path}");
        let request = Request { url: &url, bytes: pinned.bytes, sha256, token: hub.token.as_deref(), label: &label };
        // What is there is not what is wanted, or was to be replaced.
        let fetched = fetch(&request, &dest, &download::Options { replace: true, ..download.clone() })?;
        Ok(done(fetched.sha256, fetched.by_sha256))
    }

    /// Has the lab compare the model with published values, if there is a lab to do it.
    fn behave(model: &Model, folder: &Path, mut record: Record, lab: Option<&Path>, strict: bool) -> Result<ModelDir> {
        let name = &model.name;
        if let Some(lab) = lab {
            eprintln!("{name}: comparing what it computes with what is published");
            match compare(lab, model, folder) {
                Ok(behaviour) => record.behaviour = behaviour,
                // The weights are whole: a program that cannot run them is its own caller's concern.
                Err(error) if !strict => eprintln!("{name}: {error}"),
                Err(error) => return Err(error),
            }
        }
        if Record::read(folder, model)?.as_ref() != Some(&record) {
            record.write(folder)?;
        }
        if let Behaviour::Differs(_) = &record.behaviour {
            let what = record.behaviour.text();
            return Err(anyhow!(
                "{what}; the weights are whole, so look for the fault in the model's code (`cargo test -p gpt2-runner`)"
            ));
        }
        Ok(ModelDir {
            name: name.clone(),
            path: folder.into(),
            bytes: record.files.iter().map(|file| file.bytes).sum(),
            checked: record.checked(),
            behaviour: record.behaviour,
        })
    }
}
