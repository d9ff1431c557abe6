// sim/container/docker/daemon.h: what Docker knows of a machine's containers beside the runtime.
//
// Concept: dockerd: it gives containers names, addresses of its bridge and published ports,
// restarts them, looks after their health, and keeps volumes. It is no process: what it does by
// itself it does when containers change or an alarm rings. A crash of the machine ends its
// containers; when the machine boots, those come back whose policy says so. Determinism: addresses,
// ports and names are given in the order in which they are asked for. Lifetime: as the machine.
// Source: moby, version 27. Not modelled: networks of the user's, names of containers in DNS, IPv6.
// A machine's bridge has addresses that no other machine's has. A published port is reached from
// elsewhere, but not from its own machine under that machine's address (the real one has
// docker-proxy for that). A machine whose packets something else translates, such as kube-proxy,
// publishes nothing.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/container/health_monitor.h"
#include "sim/container/restart_policy.h"
#include "sim/container/runtime.h"
#include "sim/net/nat.h"

namespace sim::container::docker {

struct PublishedPort {
  uint16_t host = 0;  // 0: any free one
  uint16_t container = 0;
  net::Protocol protocol = net::Protocol::kTcp;
};

/// A mount as it is asked for: the volume is made if there is none of that name.
struct VolumeMount {
  std::string volume;  // empty: one without a name
  std::string path;
  bool read_only = false;
};

struct CreateOptions {
  ContainerConfig config;
  RestartPolicy restart;
  /// Replaces the image's; `NONE` as its test for none at all.
  std::optional<HealthCheck> health;
  std::vector<PublishedPort> ports;
  std::vector<VolumeMount> volumes;
  bool uses_host_network = false;
  bool removes_itself = false;
};

/// What the daemon knows of a container.
struct Record {
  explicit Record(RestartPolicy policy) : restarts(policy) {}

  RestartManager restarts;
  engine::Ref<HealthMonitor> health;  // null: it has no check
  std::vector<PublishedPort> ports;
  net::Ip ip;  // none: it uses its machine's network
  bool was_stopped = false;
  bool removes_itself = false;
  /// It has ended and will be started again.
  bool is_restarting = false;
};

struct NamedVolume {
  engine::Ref<Volume> volume;
  int64_t created_ns = 0;
};

class Daemon final : public node::Device, public ContainerObserver {
 public:
  explicit Daemon(Runtime& runtime);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  /// Makes a container. Errors: the name is taken.
  Runtime::Created create(CreateOptions options);
  /// Errors: a port is taken, in the daemon's words; those of Container::start().
  engine::Error start(Container& container);
  /// Suspends until it has ended; it is not restarted.
  engine::Task<> stop(engine::Ref<Container> container, engine::Duration grace);
  /// Errors: it does not run.
  engine::Error kill(Container& container, node::Signal signal);
  /// Errors: it runs, and `force` is not set.
  engine::Error remove(Container& container, bool force);
  /// Null: it was not made by docker.
  [[nodiscard]] const Record* record_of(const Container& container) const;

  /// The volume of that name, made if it is missing; an empty name gives it one.
  engine::Ref<Volume> volume(std::string_view name);
  [[nodiscard]] const std::map<std::string, NamedVolume, std::less<>>& volumes() const {
    return volumes_;
  }
  /// Errors: there is none; a container uses it.
  engine::Error remove_volume(std::string_view name);

  void container_changed(Container& container) override;
  void process_ended(engine::ProcessId) override {}
  void machine_crashed() override;
  void machine_started() override;

 private:
  /// A record, and what will be done to its container at some instant.
  struct Kept : Record, engine::Alarm {
    Kept(Daemon& d, engine::Ref<Container> c, RestartPolicy policy)
        : Record(policy), Alarm(rings), daemon(d), container(std::move(c)) {}
    Daemon& daemon;
    engine::Ref<Container> container;
  };
  static void rings(engine::Alarm& alarm);
  static void boots(engine::Alarm& alarm);
  struct Boot : engine::Alarm {
    explicit Boot(Daemon& d) : Alarm(boots), daemon(d) {}
    Daemon& daemon;
  };

  Kept* find(const Container& container);
  engine::Error publish(Kept& kept);
  void unpublish(const Kept& kept);
  [[nodiscard]] net::Ip next_ip();
  [[nodiscard]] std::string new_name();
  [[nodiscard]] net::Nat::Service service_of(const PublishedPort& port) const;

  Runtime& runtime_;
  net::Nat nat_;
  std::map<std::string, std::unique_ptr<Kept>> records_;  // by the container's id
  std::map<std::string, NamedVolume, std::less<>> volumes_;
  Boot boot_{*this};
  uint32_t last_address_ = 1;  // of the bridge itself
  uint32_t last_port_ = 32'767;
  uint64_t names_ = 0;
};

/// That of the machine that the running goroutine's process is on, made when it is first asked for.
Daemon& this_daemon();

}  // namespace sim::container::docker
