//! A checkpoint's parameters, by name.
use std::{collections::HashMap, path::PathBuf};

use crate::{
    Error, Gpt2Config,
    checkpoint::{Checkpoint, Parameter, Source, Stored},
    error::TensorProblem,
};

/// A checked checkpoint's parameters, by name.
#[derive(Debug)]
pub(in crate::model) struct Weights {
    path: PathBuf,
    stored: HashMap<String, Stored<'static>>,
}

impl Weights {
    /// All parameters of a configuration, or an error that lists every fault.
    pub(in crate::model) fn find(checkpoint: &Checkpoint<Source<'static>>, config: &Gpt2Config) -> Result<Self, Error> {
        let parameters = Parameter::all(config);
        let stored = checkpoint.find(&parameters, config)?;
        let stored = parameters.into_iter().map(|parameter| parameter.name).zip(stored).collect();
        Ok(Self { path: checkpoint.path().to_owned(), stored })
    }

    /// Takes a parameter, in place, with the configuration's shape.
    pub(in crate::model) fn take(&mut self, name: &str) -> Result<Stored<'static>, Error> {
        let stored = self.stored.remove(name);
        stored.ok_or_else(|| self.no(TensorProblem::Missing { name: name.to_owned(), expected: vec![] }))
    }

    pub(in crate::model) fn no(&self, problem: TensorProblem) -> Error {
        Error::Tensors { path: self.path.clone(), problems: vec![problem], keys: vec![] }
    }
}
