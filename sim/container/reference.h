// sim/container/reference.h: the names of images, as Docker and containerd read them.
//
// Concept: what people write (`nginx`, `orrery/hello-http:1`, `localhost:5000/a@sha256:...`) is
// read into its parts and completed: the registry docker.io and its namespace `library/` are added.
// text() writes all of it, familiar() what people would write. Promises: parse(text()) gives an
// equal reference.
// Source: distribution/reference, its grammar, `ParseNormalizedNamed` and `FamiliarString`.
// Not modelled: digests other than sha256; capitals outside ASCII, which are an invalid format.
//
// Two oddities of the original are kept. A name such as `a_b.c/d`, whose first part looks like a
// registry but cannot be one, has no registry. And familiar() leaves out docker.io even where the
// rest will be read in another way: docker.io/a.io/b becomes a.io/b.

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/error.h"
#include "sim/container/digest.h"

namespace sim::container {

inline constexpr std::string_view kDefaultRegistry = "docker.io";
inline constexpr std::string_view kDefaultTag = "latest";
/// Of the repository, without the registry. Source: distribution/reference.
inline constexpr int64_t kRepositoryLengthMax = 255;

inline constexpr engine::Sentinel kInvalidReference("invalid reference format");
inline constexpr engine::Sentinel kReferenceUppercase("repository name must be lowercase");
inline constexpr engine::Sentinel kReferenceTooLong(
    "repository name must not be more than 255 characters");

/// The name of an image, complete. Ordered by its parts.
struct Reference {
  /// `docker.io`, `localhost:5000`.
  std::string registry;
  /// `library/nginx`, `orrery/hello-http`.
  std::string repository;
  /// Empty if there is none.
  std::string tag;
  std::optional<Digest> digest;
  auto operator<=>(const Reference&) const = default;

  /// Registry and repository.
  [[nodiscard]] std::string name() const;
  /// All of it: `docker.io/library/nginx:1.27@sha256:...`.
  [[nodiscard]] std::string text() const;
  /// name() as people write it: `nginx`. Source: `FamiliarName`.
  [[nodiscard]] std::string familiar_name() const;
  /// text() as people write it: `nginx:1.27`. Source: `FamiliarString`.
  [[nodiscard]] std::string familiar() const;
  /// This, with the tag `latest` if there is neither tag nor digest. Source: `TagNameOnly`.
  [[nodiscard]] Reference with_default_tag() const;
  /// What names one image: the digest without the tag if there is one, else with_default_tag().
  /// Source: `ParseDockerRef`, which containerd and the kubelet use.
  [[nodiscard]] Reference resolved() const;
};

struct ParsedReference {
  Reference reference;
  engine::Error error;
};

/// Reads a name and completes it; adds no tag. Errors: those above; those of parse_digest(); a
/// name with capitals and one of 64 hexadecimal digits have texts that quote them. Source:
/// `ParseNormalizedNamed`.
[[nodiscard]] ParsedReference parse_reference(std::string_view text);

}  // namespace sim::container
