// sim/programs/images.h: the programs as container images, in the world's registry.
//
// Concept: each program is an image of three layers: a small system, what programs in Go need, and
// the program itself, an executable at /usr/local/bin. All share the lower two.
// Determinism: an image's bytes, so its digests, depend on its program's name alone.

#pragma once

namespace sim::programs {

/// Lets the containers of the world run every program of the table, and its registry offer it as an
/// image. Called once, where a world is set up; costs next to nothing until there is a container.
void provide_images();

}  // namespace sim::programs
