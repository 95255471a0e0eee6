//! Images as others see them: skopeo, umoci and docker-registry read what is written here, and the other way round.

mod built;
mod bundled;
mod hostile;
mod unpacked;
mod world;
