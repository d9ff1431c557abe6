// sim/container/image_builder.h: builds an image by the steps of a Dockerfile.
//
// Concept: a build stage. Each step changes the configuration or makes a layer, and adds a line to
// the history as BuildKit words it. Steps that make a layer work on the files of the layers so far,
// so that a file which is removed leaves a whiteout, and one that is changed is there twice. The
// first step that fails stops the build. Promises: the same steps on the same base give the same
// ids; layers of the base are shared, not copied.
// Source: Docker documentation, "Dockerfile reference"; BuildKit, dockerfile2llb (what each step
// does and its history), as seen with `docker history --no-trunc`.
// Not modelled: several stages, build arguments, variables in arguments, the build cache.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/error.h"
#include "sim/container/image.h"
#include "sim/container/union_fs.h"

namespace sim::container {

/// What BuildKit leaves as a comment.
inline constexpr std::string_view kHistoryComment = "buildkit.dockerfile.v0";
/// As in moby, and its text for more.
inline constexpr int64_t kLayersMax = 125;
inline constexpr engine::Sentinel kMaxDepthExceeded("max depth exceeded");

/// A file that a step brings along.
struct BuildFile {
  /// Where it goes; relative to the step's destination.
  std::string path;
  std::string text;
  /// If not negative, the file has this size, and `text` says what it stands for.
  int64_t sized_bytes = -1;
  uint16_t mode = kFileMode;
};

/// What a command does to the files.
using FileChanges = std::function<engine::Error(UnionFs&)>;

struct BuildResult {
  engine::Ref<Image> image;  // null if there is an error
  /// Names the step: `COPY a b: not a directory`.
  engine::Error error;
};

class ImageBuilder {
 public:
  /// FROM scratch. `created_s`, since 1970, goes to the history; at() changes it.
  explicit ImageBuilder(int64_t created_s = 0);
  /// FROM an image. REQUIRES: not null.
  explicit ImageBuilder(const engine::Ref<Image>& base, int64_t created_s = 0);

  /// The time of the steps from here on.
  ImageBuilder& at(int64_t created_s);
  ImageBuilder& platform(std::string_view os, std::string_view architecture);

  /// COPY `sources` `destination`: a layer with `files`, whose directories are made. A relative
  /// destination is seen from the working directory. `sources` is what the Dockerfile says, for
  /// the history: "server.py app/".
  ImageBuilder& copy(std::string_view sources, std::string_view destination,
                     const std::vector<BuildFile>& files);
  /// ADD: as copy().
  ImageBuilder& add(std::string_view sources, std::string_view destination,
                    const std::vector<BuildFile>& files);
  /// RUN a command line of the shell: a layer with what `changes` does, even if that is nothing.
  ImageBuilder& run(std::string_view command, const FileChanges& changes);
  /// WORKDIR: the directory is made, in a layer of its own, unless it is the root.
  ImageBuilder& workdir(std::string_view path);

  ImageBuilder& env(std::string_view key, std::string_view value);
  /// One step with several variables.
  ImageBuilder& env(const std::vector<std::pair<std::string, std::string>>& variables);
  ImageBuilder& label(std::string_view key, std::string_view value);
  /// ENTRYPOINT in exec form. Forgets the base image's CMD, unless this stage has set one.
  ImageBuilder& entrypoint(std::vector<std::string> arguments);
  /// CMD in exec form.
  ImageBuilder& cmd(std::vector<std::string> arguments);
  ImageBuilder& user(std::string_view name);
  /// EXPOSE: ports such as "80" or "53/udp".
  ImageBuilder& expose(const std::vector<std::string>& ports);
  ImageBuilder& stop_signal(std::string_view name);
  ImageBuilder& healthcheck(HealthCheck check);

  /// The image, or why a step failed.
  [[nodiscard]] BuildResult build() const;

 private:
  ImageBuilder& place(std::string_view instruction, std::string_view sources,
                      std::string_view destination, const std::vector<BuildFile>& files);
  ImageBuilder& layer(std::string created_by, const FileChanges& changes);
  ImageBuilder& record(std::string created_by);
  [[nodiscard]] History step(std::string created_by, bool empty_layer) const;

  ImageConfig config_;
  engine::Ref<LayerStack> stack_;
  int64_t created_s_;
  bool cmd_set_ = false;
  engine::Error error_;
};

}  // namespace sim::container
