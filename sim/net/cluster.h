// sim/net/cluster.h: the machines of a world and the network between them, as one model.
//
// Concept: a cluster is built while its world is set up. Machines get addresses from their zone
// (10.ZONE.x.y) and know each other's names. Faults come as inputs, or are planned beforehand:
//
//   crash NODE, restart NODE            loses power; boots
//   partition A B, heal A B             packets pass no more between two machines or zones
//   partition-from A B, heal-from A B   in that direction only
//   step-clock NODE 5s                  moves the wall clock (also -5s)
//   slow-disk NODE 10, fill-disk NODE   each operation takes so many times as long; no more room
//   kill NODE PROGRAM                   SIGKILL to the machine's processes of that name
//   run NODE PROGRAM ARGUMENT...        starts a program there, as someone at its console would
//
// Lifetime: lives in the arena as the world's model.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/world.h"
#include "sim/net/gateway_port.h"
#include "sim/net/network.h"
#include "sim/net/stack.h"
#include "sim/node/machine.h"

namespace sim::net {

class Cluster final : public engine::Model {
 public:
  Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  node::Machine& add_machine(const node::Machine::Options& options);
  /// Boots every machine, in the order in which they were added.
  void boot();
  /// Applies `input` by itself at `at`.
  void plan(engine::Instant at, std::string_view input);

  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] const Network& network() const { return network_; }
  struct Member {
    std::unique_ptr<node::Machine> machine;
    std::unique_ptr<Stack> stack;
  };
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// Null if there is none of that name.
  [[nodiscard]] const Member* find(std::string_view machine) const;
  /// Nothing if no machine has that name.
  [[nodiscard]] std::optional<Ip> address_of(std::string_view machine) const;
  [[nodiscard]] GatewayPort* gateway() const { return gateway_.get(); }

  /// The programs that `run` knows by their first word; null if there is no such program.
  using FindProgram = engine::Task<> (*(*)(std::string_view name))();
  void set_programs(FindProgram find_program) { find_program_ = find_program; }

  /// `run` also takes text behind its first line: the program's standard input, which it finds in
  /// its environment as STDIN.
  bool apply(std::string_view input) override;
  /// Whether `text` has the form of an input; otherwise says what was expected.
  static bool understands(std::string_view text, std::string& expected);

 private:
  struct Planned : engine::Alarm {
    Planned(Cluster& c, std::string_view text) : Alarm(ring), cluster(c), input(text) {}
    Cluster& cluster;
    std::string input;
  };
  static void ring(engine::Alarm& alarm);
  bool knows(std::string_view machine_or_zone) const;
  bool apply_to_machine(std::string_view verb, const Member& member, std::string_view argument);
  bool run(std::string_view machine, std::string_view command) const;
  bool change_links(std::string_view verb, Network::Ends ends);

  Network network_;
  std::vector<Member> members_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::vector<std::string> zones_;
  std::vector<uint32_t> zone_members_;
  std::deque<Planned> planned_;
  std::unique_ptr<GatewayPort> gateway_;
  FindProgram find_program_ = nullptr;
};

/// The cluster of the world that this runs in; null if it has none.
Cluster* this_cluster();

}  // namespace sim::net
