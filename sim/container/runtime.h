// sim/container/runtime.h: what runs containers on a machine, and where their images come from.
//
// Concept: one runtime for each machine, as containerd is: it pulls images, makes, starts, stops
// and removes containers, and says what there is. It is no process: its records survive crashes of
// the machine, its containers do not. A registry, one for the world, has the images; a pull takes
// the time of its latency and of the layers that are missing. Determinism: ids of containers are
// choices of the machine; pulls of a machine share its bandwidth one layer after the other.
// Lifetime: as the machine. Source: Docker's documentation; containerd; the CRI. Not modelled: the
// registry's own protocol, credentials, several platforms.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/mutex.h"
#include "engine/task/task.h"
#include "sim/container/container.h"
#include "sim/container/image_store.h"

namespace sim::container {

/// Where images are pulled from.
class Registry {
 public:
  struct Options {
    /// From asking for a name to its manifest.
    engine::Duration latency = 200 * engine::kMillisecond;
    int64_t bytes_per_second = 50'000'000;
  };
  using Build = std::function<engine::Ref<Image>()>;

  /// Offers an image under a name; `build` is called when it is first wanted.
  void offer(const Reference& name, Build build);
  /// Null if there is none of that name.
  engine::Ref<Image> find(const Reference& name);
  [[nodiscard]] Options& options() { return options_; }
  /// Nobody can reach it.
  void set_down(bool down) { is_down_ = down; }
  [[nodiscard]] bool is_down() const { return is_down_; }

 private:
  struct Entry {
    Build build;
    engine::Ref<Image> image;
  };
  std::map<Reference, Entry> entries_;
  Options options_;
  bool is_down_ = false;
};
/// The world's.
Registry& registry();

struct Pulled {
  engine::Ref<Image> image;
  engine::Error error;
  int64_t bytes = 0;  // that were downloaded
  int64_t layers = 0;
};

/// A step of a pull, as it happens.
struct PullStep {
  enum class Kind : uint8_t { kBegins, kExists, kWaits, kDownloaded };
  Kind kind = Kind::kBegins;  // kBegins: the image is known, and no layer yet looked at
  const Image* image = nullptr;
  const Layer* layer = nullptr;
};
using OnPullStep = std::function<void(const PullStep&)>;

/// Is told when a container of a runtime begins to run and when it ends.
class ContainerObserver {
 public:
  virtual void container_changed(Container& container) = 0;

 protected:
  ~ContainerObserver() = default;
};

class Runtime final : public node::Device, public node::OomObserver {
 public:
  Runtime(node::Machine& machine, net::Stack& network);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  [[nodiscard]] ImageStore& images() { return images_; }
  /// Suspends while the missing layers are downloaded. Pulls of one machine go one by one.
  /// `on_step` is called by the goroutine that awaits it.
  engine::Task<Pulled> pull(std::string name, OnPullStep on_step = {});

  struct Created {
    engine::Ref<Container> container;
    engine::Error error;
  };
  /// Makes a container of an image that is here. Errors: the name is taken.
  Created create(ContainerConfig config);
  engine::Error start(Container& container);
  /// SIGTERM (or the image's signal), and SIGKILL after `grace`. Suspends until it has exited.
  engine::Task<> stop(engine::Ref<Container> container, engine::Duration grace);
  /// Errors: it runs, and `force` is not set.
  engine::Error remove(Container& container, bool force = false);
  /// By id, its beginning, or name; null if there is none.
  [[nodiscard]] Container* find(std::string_view id_or_name) const;
  /// Oldest first.
  [[nodiscard]] const std::vector<engine::Ref<Container>>& containers() const { return all_; }
  void add_observer(ContainerObserver& observer) { observers_.push_back(&observer); }
  /// Advances when a container is made, changes its state, or goes.
  [[nodiscard]] const engine::EventCount& changed() const { return changed_; }

  [[nodiscard]] node::Machine& machine() const { return machine_; }
  [[nodiscard]] net::Stack& network() const { return network_; }

  void process_ended(engine::ProcessId) override {}
  void machine_crashed() override;
  void machine_started() override {}
  void oom_kills(const node::OomKill& kill) override;

 private:
  std::string new_id();

  node::Machine& machine_;
  net::Stack& network_;
  ImageStore images_;
  std::vector<engine::Ref<Container>> all_;
  std::vector<ContainerObserver*> observers_;
  engine::Mutex pulling_{"image pulls"};
  engine::EventCount changed_{"containers"};
};

/// The runtime of the machine that the running goroutine's process is on, made when it is first
/// asked for.
Runtime& this_runtime();
/// Of that machine. Null if it has none yet.
Runtime* runtime_of(const node::Machine& machine);

}  // namespace sim::container
