#include "sim/container/runtime.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/world/local.h"

namespace sim::container {
namespace {

using engine::errorf;
using engine::Task;

struct WorldRegistry : engine::WorldLocal {
  Registry registry;
  bool is_filled = false;
};
struct Runtimes : engine::WorldLocal {
  std::map<uint32_t, std::unique_ptr<Runtime>> by_machine;
};

/// Where the keys of a machine's containers begin, beside those of its other parts.
constexpr uint64_t kContainersOrdinal = 5;

}  // namespace

void Registry::offer(const Reference& name, Build build) {
  entries_[name.with_default_tag()].build = std::move(build);
}

engine::Ref<Image> Registry::find(const Reference& name) {
  const auto found = entries_.find(name.with_default_tag());
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  if (!entry.image) entry.image = entry.build();
  return entry.image;
}

Registry& registry() {
  auto& world = engine::world_local<WorldRegistry>();
  if (!std::exchange(world.is_filled, true) && catalogue().fill != nullptr) {
    catalogue().fill(world.registry);
  }
  return world.registry;
}

Runtime* runtime_of(const node::Machine& machine) {
  const auto& all = engine::world_local<Runtimes>().by_machine;
  const auto found = all.find(machine.id());
  return found == all.end() ? nullptr : found->second.get();
}

Runtime& this_runtime() {
  node::Machine& machine = node::this_machine();
  std::unique_ptr<Runtime>& place = engine::world_local<Runtimes>().by_machine[machine.id()];
  if (!place) {
    place = std::make_unique<Runtime>(machine, *static_cast<net::Stack*>(machine.network()));
  }
  return *place;
}

Runtime::Runtime(node::Machine& machine, net::Stack& network)
    : machine_(machine), network_(network) {
  machine.attach(*this);
  machine.add_oom_observer(*this);
}

Task<Pulled> Runtime::pull(std::string name, OnPullStep on_step) {
  Pulled out;
  const ParsedReference parsed = parse_reference(name);
  out.error = parsed.error;
  if (out.error) co_return out;
  const Reference wanted = parsed.reference.with_default_tag();
  Registry& from = registry();
  co_await engine::sleep_for(from.options().latency);
  const std::string full = wanted.text();
  if (from.is_down()) {
    out.error =
        errorf("failed to pull and unpack image \"", full, "\": failed to resolve reference \"",
               full, "\": failed to do request: i/o timeout");
    co_return out;
  }
  out.image = from.find(wanted);
  if (!out.image) {
    out.error = errorf("failed to pull and unpack image \"", full,
                       "\": failed to resolve reference \"", full, "\": ", full, ": not found");
    co_return out;
  }
  co_await pulling_.lock();
  engine::Defer unlock([this] { pulling_.unlock(); });
  const std::vector<engine::Ref<Layer>> missing = images_.missing_layers(*out.image);
  const auto tell = [&](PullStep::Kind kind, const Layer* layer) {
    if (on_step) on_step({kind, out.image.get(), layer});
  };
  tell(PullStep::Kind::kBegins, nullptr);
  for (const engine::Ref<Layer>& layer : out.image->layers()) {
    const bool is_here = images_.layers().contains(layer->diff_id());
    tell(is_here ? PullStep::Kind::kExists : PullStep::Kind::kWaits, layer.get());
  }
  for (const engine::Ref<Layer>& layer : missing) {
    const int64_t bytes = layer->compressed_bytes();
    const int64_t rate = std::max<int64_t>(1, from.options().bytes_per_second);
    // In two parts, as the product may not fit.
    const engine::Duration length{bytes / rate * engine::kSecond.ns +
                                  bytes % rate * engine::kSecond.ns / rate};
    co_await engine::sleep_for(length);
    images_.add_layer(layer);
    out.bytes += bytes;
    ++out.layers;
    tell(PullStep::Kind::kDownloaded, layer.get());
  }
  images_.add_image(out.image, engine::now());
  images_.set_name(wanted, out.image->id());
  changed_.advance();
  co_return out;
}

std::string Runtime::new_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  const engine::EntityKey key = engine::derive(machine_.key(), kContainersOrdinal);
  const uint32_t secret = engine::choose(engine::ChoiceKind::kSecret, key, UINT32_MAX);
  std::string seed(machine_.name());
  seed += '/';
  for (int shift = 28; shift >= 0; shift -= 4) seed += kHex[(secret >> shift) & 15];
  return sha256(seed).hex();
}

Runtime::Created Runtime::create(ContainerConfig config) {
  Created out;
  Container* const other = config.name.empty() ? nullptr : find(config.name);
  if (other != nullptr && other->config().name == config.name) {
    out.error = errorf("Conflict. The container name \"/", config.name,
                       "\" is already in use by container \"", other->id(),
                       "\". You have to remove (or rename) that container to be able to reuse "
                       "that name.");
    return out;
  }
  const Digest image = config.image->id();
  out.container =
      engine::Ref<Container>(new Container(machine_, network_, new_id(), std::move(config)));
  images_.container_created(out.container->id(), image, engine::now());
  all_.push_back(out.container);
  out.container->set_observer([this](Container& container) {
    if (!container.is_running()) images_.container_stopped(container.id());
    changed_.advance();
    for (ContainerObserver* const observer : observers_) observer->container_changed(container);
  });
  changed_.advance();
  return out;
}

engine::Error Runtime::start(Container& container) {
  images_.container_started(container.id());
  return container.start();
}

Task<> Runtime::stop(engine::Ref<Container> container, engine::Duration grace) {
  const std::string& wanted = container->config().image->config().stop_signal;
  const std::optional<node::Signal> signal = node::signal_named(wanted);
  container->signal(signal.value_or(node::Signal::kTerminate));
  const engine::Instant deadline = engine::now() + grace;
  while (container->is_running()) {
    const uint64_t seen = container->changed().count();
    if (engine::now() >= deadline) {
      container->signal(node::Signal::kKill);
      continue;
    }
    co_await container->changed().wait(seen, deadline);
  }
}

engine::Error Runtime::remove(Container& container, bool force) {
  if (container.is_running()) {
    if (!force) {
      return errorf("cannot remove container \"/", container.config().name,
                    "\": container is running: stop the container before removing or force "
                    "remove");
    }
    container.signal(node::Signal::kKill);
  }
  const auto at = std::find_if(all_.begin(), all_.end(), [&](const engine::Ref<Container>& each) {
    return each.get() == &container;
  });
  if (at == all_.end()) return nullptr;
  const engine::Ref<Container> last = *at;
  all_.erase(at);
  images_.container_removed(last->id(), engine::now());
  changed_.advance();
  return nullptr;
}

Container* Runtime::find(std::string_view id_or_name) const {
  if (id_or_name.starts_with('/')) id_or_name.remove_prefix(1);
  for (const engine::Ref<Container>& container : all_) {
    if (container->config().name == id_or_name || container->id() == id_or_name) {
      return container.get();
    }
  }
  Container* found = nullptr;
  for (const engine::Ref<Container>& container : all_) {
    if (id_or_name.empty() || !container->id().starts_with(id_or_name)) continue;
    if (found != nullptr) return nullptr;
    found = container.get();
  }
  return found;
}

void Runtime::machine_crashed() {
  for (const engine::Ref<Container>& container : all_) container->machine_crashed();
}

void Runtime::oom_kills(const node::OomKill& kill) {
  for (const engine::Ref<Container>& container : all_) {
    if (&kill.host == container.get()) container->note_oom_kill(kill.process.id());
  }
}

}  // namespace sim::container
