// sim/container/image.h: an image: a configuration, and the layers that it stands on.
//
// Concept: what OCI calls an image configuration says how to run the image and how it was made; its
// digest is the image's id, so the same steps give the same id. Made by an ImageBuilder, never
// changed. Lifetime: counted; images that were built on one base share its layers.
// Determinism: the id is over our own writing of the configuration as JSON: keys in one order,
// nothing between them.
// Source: OCI image specification, "Image Configuration"; Docker's image specification v1.2
// (Healthcheck).
// Not modelled: volumes, ONBUILD, SHELL, variants of an architecture, authors.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/world/time.h"
#include "sim/container/digest.h"
#include "sim/container/layer_stack.h"

namespace sim::container {

/// How to find out whether a container is well. What is 0 has Docker's default.
struct HealthCheck {
  /// `CMD` and arguments, `CMD-SHELL` and a line, `NONE`; empty inherits the base image's.
  std::vector<std::string> test;
  engine::Duration interval;
  engine::Duration timeout;
  engine::Duration start_period;
  engine::Duration start_interval;
  int64_t retries = 0;
  bool operator==(const HealthCheck&) const = default;

  /// This, with Docker's defaults where it has 0. Source: moby, daemon/health.go.
  [[nodiscard]] HealthCheck with_defaults() const;
};

/// A step of how an image was made.
struct History {
  int64_t created_s = 0;  // since 1970
  std::string created_by;
  std::string comment;
  /// The step made no layer.
  bool empty_layer = false;
  bool operator==(const History&) const = default;
};

struct ImageConfig {
  std::string architecture = "amd64";
  std::string os = "linux";
  int64_t created_s = 0;  // since 1970
  std::string user;
  std::set<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> env;         // "KEY=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::optional<HealthCheck> healthcheck;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  /// The oldest first.
  std::vector<History> history;
  /// Of the layers, the lowest first.
  std::vector<Digest> diff_ids;
  bool operator==(const ImageConfig&) const = default;

  /// The value of `key` in `env`; empty if it is not there.
  [[nodiscard]] std::optional<std::string> env_value(std::string_view key) const;
  /// Sets it where it is, or adds it at the end.
  void set_env(std::string_view key, std::string_view value);
  /// As an image's configuration is stored. What is empty is left out.
  [[nodiscard]] std::string json() const;
};

/// What a stack of layers goes by: the diff id of one layer, else the digest of the lower ones'
/// chain id and the last diff id. All zero of none. Source: OCI image specification, "Layer
/// ChainID".
[[nodiscard]] Digest chain_id(std::span<const Digest> diff_ids);

class Image final : public engine::Counted<Image> {
 public:
  /// REQUIRES: the layers of `stack` are those whose diff ids `config` has.
  Image(ImageConfig config, engine::Ref<LayerStack> stack);

  [[nodiscard]] const Digest& id() const { return id_; }
  [[nodiscard]] const ImageConfig& config() const { return config_; }
  /// The lowest first.
  [[nodiscard]] std::span<const engine::Ref<Layer>> layers() const { return stack_->layers(); }
  /// What containers of the image look through.
  [[nodiscard]] const engine::Ref<LayerStack>& stack() const { return stack_; }
  /// The bytes of its layers. Source: `docker images`, SIZE.
  [[nodiscard]] int64_t size_bytes() const { return stack_->size_bytes(); }

 private:
  ImageConfig config_;
  engine::Ref<LayerStack> stack_;
  Digest id_;
};

}  // namespace sim::container
