//! Assertions: specs over recordings, mutations of recordings, what is wrong
//! with specs, each form of rule on small trees.

#[cfg(test)]
mod docs;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod specs;
#[cfg(test)]
mod verdicts;
