// sim/programs/images.h: the programs as container images, in the world's registry.
//
// Concept: each program is an image of three layers: a small system, what programs in Go need, and
// the program itself, an executable at /usr/local/bin. All share the lower two.
// Determinism: an image's bytes, so its digests, depend on its program's name alone.

#pragma once

namespace sim::programs {

/// Offers every program of the table in the world's registry, and lets containers run them. Called
/// once, where a world is set up.
void offer_images();

}  // namespace sim::programs
