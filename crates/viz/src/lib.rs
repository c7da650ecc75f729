//! Line, marker and dense-scatter panels on plotters.
