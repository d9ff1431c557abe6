#include "sim/container/docker/daemon.h"

#include <utility>

#include "engine/world/hash.h"
#include "engine/world/local.h"
#include "sim/container/path.h"

namespace sim::container::docker {
namespace {

using engine::errorf;
using engine::Task;

/// Where the key of a machine's address translation begins.
constexpr uint64_t kNatOrdinal = 7;
/// 172.17.0.0, the default bridge's network.
constexpr uint32_t kBridge = 0xac110000;
constexpr uint32_t kAddressesOfMachine = 256;

constexpr std::string_view kAdjectives[] = {
    "amazing", "bold",    "brave",   "clever", "cool",    "eager", "elegant",  "epic",
    "festive", "focused", "gallant", "happy",  "hopeful", "jolly", "keen",     "kind",
    "modest",  "nifty",   "quirky",  "serene", "sharp",   "stoic", "trusting", "zen",
};
constexpr std::string_view kSurnames[] = {
    "babbage", "banach",   "bell",   "bohr",    "carson",  "curie",   "darwin",  "dijkstra",
    "euler",   "fermi",    "gauss",  "goodall", "hopper",  "kepler",  "knuth",   "lamport",
    "liskov",  "lovelace", "newton", "noether", "pasteur", "ritchie", "shannon", "turing",
};

struct Daemons : engine::WorldLocal {
  std::map<uint32_t, std::unique_ptr<Daemon>> by_machine;
};

}  // namespace

Daemon& this_daemon() {
  Runtime& runtime = this_runtime();
  std::unique_ptr<Daemon>& place =
      engine::world_local<Daemons>().by_machine[runtime.machine().id()];
  if (!place) place = std::make_unique<Daemon>(runtime);
  return *place;
}

Daemon::Daemon(Runtime& runtime)
    : runtime_(runtime),
      nat_(runtime.network().network(), runtime.network(),
           engine::derive(runtime.machine().key(), kNatOrdinal)) {
  if (runtime.network().filter() == nullptr) runtime.network().set_filter(&nat_);
  runtime.add_observer(*this);
  runtime.machine().attach(*this);
}

net::Ip Daemon::next_ip() {
  const uint32_t machine = (runtime_.machine().id() - 1) * kAddressesOfMachine;
  return net::Ip{kBridge + machine + ++last_address_};
}

std::string Daemon::new_name() {
  while (true) {
    const uint64_t hash = engine::hash_bytes(runtime_.machine().name()) + ++names_ * 0x9e3779b97f4a;
    std::string name(kAdjectives[hash % std::size(kAdjectives)]);
    name += '_';
    name += kSurnames[hash / std::size(kAdjectives) % std::size(kSurnames)];
    if (runtime_.find(name) == nullptr) return name;
  }
}

engine::Ref<Volume> Daemon::volume(std::string_view name) {
  std::string wanted(name);
  if (wanted.empty()) {
    std::string seed(runtime_.machine().name());
    seed += "/volume/";
    engine::append_operand(seed, ++names_);
    wanted = sha256(seed).hex();
  }
  NamedVolume& place = volumes_[wanted];
  if (!place.volume) {
    place.volume = engine::Ref<Volume>(new Volume(wanted));
    place.created_ns = runtime_.machine().wall_clock().unix_ns(engine::here().now);
  }
  return place.volume;
}

engine::Error Daemon::remove_volume(std::string_view name) {
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) return errorf("get ", name, ": no such volume");
  for (const engine::Ref<Container>& each : runtime_.containers()) {
    for (const Mount& mount : each->config().mounts) {
      if (mount.volume.get() != found->second.volume.get()) continue;
      return errorf("remove ", name, ": volume is in use - [", each->id(), "]");
    }
  }
  volumes_.erase(found);
  return nullptr;
}

Runtime::Created Daemon::create(CreateOptions options) {
  if (options.config.name.empty()) options.config.name = new_name();
  net::Ip ip;
  if (!options.uses_host_network) {
    ip = next_ip();
    options.config.network =
        engine::Ref<Namespace>(new Namespace(runtime_.network(), ip, std::string()));
  } else if (options.config.host_name.empty()) {
    options.config.host_name = runtime_.machine().name();
  }
  for (const VolumeMount& mount : options.volumes) {
    options.config.mounts.push_back({mount.path, volume(mount.volume), mount.read_only});
  }
  const HealthCheck check =
      options.health ? *options.health
                     : options.config.image->config().healthcheck.value_or(HealthCheck{});
  Runtime::Created made = runtime_.create(std::move(options.config));
  if (made.error) return made;
  Container& container = *made.container;
  for (const Mount& mount : container.config().mounts) {
    static_cast<void>(container.files().make_directories(mount.path));
  }
  auto kept = std::make_unique<Kept>(*this, made.container, options.restart);
  kept->ip = ip;
  kept->ports = std::move(options.ports);
  kept->removes_itself = options.removes_itself;
  if (!check.test.empty() && check.test[0] != "NONE") {
    kept->health = engine::Ref<HealthMonitor>(new HealthMonitor(container, check));
  }
  records_[container.id()] = std::move(kept);
  return made;
}

Daemon::Kept* Daemon::find(const Container& container) {
  const auto found = records_.find(container.id());
  return found == records_.end() ? nullptr : found->second.get();
}

const Record* Daemon::record_of(const Container& container) const {
  const auto found = records_.find(container.id());
  return found == records_.end() ? nullptr : found->second.get();
}

net::Nat::Service Daemon::service_of(const PublishedPort& port) const {
  return {{runtime_.network().ip(), port.host}, port.protocol};
}

engine::Error Daemon::publish(Kept& kept) {
  for (PublishedPort& port : kept.ports) {
    if (port.host == 0) port.host = static_cast<uint16_t>(++last_port_);
    const bool is_taken = nat_.services().contains(service_of(port)) ||
                          (port.protocol == net::Protocol::kTcp &&
                           runtime_.network().listeners().contains(port.host));
    if (!is_taken) continue;
    std::string place = "0.0.0.0:";
    engine::append_operand(place, port.host);
    return errorf("driver failed programming external connectivity on endpoint ",
                  kept.container->config().name, " (", sha256(kept.container->id()).hex(),
                  "): Bind for ", place, " failed: port is already allocated");
  }
  for (const PublishedPort& port : kept.ports) {
    net::Nat::Target target;
    target.backends.push_back({kept.ip, port.container});
    nat_.set(service_of(port), std::move(target));
  }
  return nullptr;
}

void Daemon::unpublish(const Kept& kept) {
  for (const PublishedPort& port : kept.ports) {
    const auto found = nat_.services().find(service_of(port));
    if (found == nat_.services().end()) continue;
    const bool is_its_own = found->second.backends[0].ip == kept.ip;
    if (is_its_own) nat_.remove(service_of(port));
  }
}

engine::Error Daemon::start(Container& container) {
  if (container.is_running()) return nullptr;
  Kept* const kept = find(container);
  if (kept == nullptr) return runtime_.start(container);
  kept->cancel();
  kept->is_restarting = false;
  kept->was_stopped = false;
  kept->restarts.reset();
  if (kept->ip != net::Ip{}) {
    const engine::Error error = publish(*kept);
    if (error) return error;
  }
  return runtime_.start(container);
}

Task<> Daemon::stop(engine::Ref<Container> container, engine::Duration grace) {
  if (Kept* const kept = find(*container)) {
    kept->was_stopped = true;
    kept->is_restarting = false;
    if (!container->is_running() && !kept->removes_itself) kept->cancel();
  }
  co_await runtime_.stop(container, grace);
}

engine::Error Daemon::kill(Container& container, node::Signal signal) {
  if (!container.is_running()) {
    return errorf("cannot kill container: ", container.config().name, ": container ",
                  container.id(), " is not running");
  }
  if (Kept* const kept = find(container)) kept->was_stopped = true;
  container.signal(signal);
  return nullptr;
}

engine::Error Daemon::remove(Container& container, bool force) {
  const engine::Ref<Container> last(&container);
  Kept* const kept = find(container);
  if (kept != nullptr && force) kept->was_stopped = true;
  const engine::Error error = runtime_.remove(container, force);
  if (error) return error;
  if (kept != nullptr) unpublish(*kept);
  records_.erase(container.id());
  return nullptr;
}

void Daemon::container_changed(Container& container) {
  Kept* const kept = find(container);
  if (kept == nullptr) return;
  if (container.is_running()) {
    if (kept->health) kept->health->begin();
    return;
  }
  if (container.state() != ContainerState::kExited) return;
  if (kept->health) kept->health->stop();
  unpublish(*kept);
  if (!runtime_.machine().is_up()) return;
  const engine::Instant now = engine::here().now;
  if (kept->removes_itself) {
    engine::here().queue.set(*kept, now, engine::here().cause);
    return;
  }
  if (!container.start_error().empty()) return;
  const engine::Duration ran{container.finished_ns() - container.started_ns()};
  const std::optional<engine::Duration> pause =
      kept->restarts.ended({container.exit_code(), kept->was_stopped, ran});
  if (!pause) return;
  kept->is_restarting = true;
  engine::here().queue.set(*kept, now + *pause, engine::here().cause);
}

void Daemon::rings(engine::Alarm& alarm) {
  Kept& kept = static_cast<Kept&>(alarm);
  const engine::Ref<Container> container = kept.container;
  Daemon& daemon = kept.daemon;
  if (kept.removes_itself) {
    static_cast<void>(daemon.remove(*container, true));
    return;
  }
  if (!kept.is_restarting || container->is_running() || !daemon.runtime_.machine().is_up()) return;
  kept.is_restarting = false;
  if (kept.ip != net::Ip{} && daemon.publish(kept)) return;
  static_cast<void>(daemon.runtime_.start(*container));
}

void Daemon::machine_crashed() {
  nat_.reset();
  for (const auto& [id, kept] : records_) {
    kept->cancel();
    kept->is_restarting = false;
    if (kept->health) kept->health->stop();
  }
}

void Daemon::machine_started() {
  engine::here().queue.set(boot_, engine::here().now, engine::here().cause);
}

void Daemon::boots(engine::Alarm& alarm) {
  Daemon& daemon = static_cast<Boot&>(alarm).daemon;
  if (!daemon.runtime_.machine().is_up()) return;
  std::vector<engine::Ref<Container>> gone;
  for (const engine::Ref<Container>& container : daemon.runtime_.containers()) {
    Kept* const kept = daemon.find(*container);
    if (kept == nullptr || container->is_running()) continue;
    if (kept->removes_itself) gone.push_back(container);
    const bool ran = container->state() == ContainerState::kExited;
    if (!ran || !kept->restarts.starts_at_boot({container->exit_code(), kept->was_stopped, {}})) {
      continue;
    }
    static_cast<void>(daemon.start(*container));
  }
  for (const engine::Ref<Container>& container : gone) {
    static_cast<void>(daemon.remove(*container, true));
  }
}

}  // namespace sim::container::docker
