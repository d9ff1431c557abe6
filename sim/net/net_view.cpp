#include "sim/net/net_view.h"

#include "engine/task/go.h"
#include "sim/net/cluster.h"

namespace sim::net {
namespace {

const Cluster* cluster_of(const engine::World& world) {
  ENGINE_CHECK(!engine::inside());
  return static_cast<const Cluster*>(world.state().model);
}

MachineView view_of(const Cluster::Member& member, const engine::World& world) {
  const node::Machine& machine = *member.machine;
  MachineView view;
  view.id = machine.id();
  view.name = machine.name();
  view.zone = machine.zone();
  view.ip = member.stack->ip();
  view.is_up = machine.is_up();
  for (const engine::Process& process : world.state().scheduler->processes()) {
    if (process.running() && process.host() == &machine) {
      view.processes.emplace_back(process.name());
    }
  }
  view.cores = machine.cpu().cores();
  view.busy_cores = machine.cpu().busy_cores();
  view.cpu_queue = machine.cpu().queue_length();
  view.disk_used_bytes = machine.disk().used_bytes();
  view.disk_unsynced_writes = machine.disk().unsynced_writes();
  return view;
}

DirectionView view_of(const Network::Direction& direction) {
  return {direction.options, direction.packets, direction.bytes, direction.dropped};
}

// Reads `packet` where it lies: a copy would count references in the arena.
PacketView view_of(const Packet& packet) {
  PacketView view;
  view.protocol = packet.protocol;
  view.source = packet.from;
  view.destination = packet.to;
  view.seq = packet.tcp.seq;
  view.ack = packet.tcp.ack;
  view.flags = packet.tcp.flags;
  view.payload_bytes = packet.tcp.payload.size();
  view.is_corrupt = packet.is_corrupt;
  view.text = packet_text(packet);
  view.wire = to_wire(packet);
  return view;
}

PacketView view_of(const Network::Flight& flight) {
  PacketView view = view_of(flight.packet);
  view.from = flight.from->machine_id();
  view.to = flight.to->machine_id();
  view.sent_at = flight.sent_at;
  view.due = flight.due();
  view.hash = flight.hash;
  return view;
}

PacketView view_of(const Network::Loss& loss) {
  PacketView view = view_of(loss.packet);
  view.from = loss.from;
  view.to = loss.to;
  view.sent_at = view.due = loss.at;
  view.hash = loss.hash;
  view.lost = loss.reason;
  return view;
}

ConnectionView view_of(const TcpSocket& socket, uint32_t machine) {
  const Tcp& tcp = socket.tcp();
  const TcpSender& sender = tcp.sender();
  ConnectionView view;
  view.object = socket.id();
  view.machine = machine;
  view.local = socket.local();
  view.remote = socket.remote();
  view.state = tcp_state_text(tcp.state());
  view.owner = socket.owner().value;
  view.closed = socket.is_closed_by_user();
  view.congestion_window = sender.congestion_window();
  if (sender.slow_start_threshold() != UINT64_MAX) {
    view.slow_start_threshold = sender.slow_start_threshold();
  }
  view.smoothed_rtt = sender.smoothed_rtt();
  view.in_flight = sender.in_flight();
  view.unsent = sender.pending() > view.in_flight ? sender.pending() - view.in_flight : 0;
  view.unread = tcp.readable();
  view.sent = sender.acknowledged();
  view.received = tcp.receiver().received();
  view.retransmissions = sender.retransmissions();
  return view;
}

void add_sockets(NetView& view, const Stack& stack) {
  const uint32_t machine = stack.machine_id();
  for (const auto& [port, listener] : stack.listeners()) {
    view.listeners.push_back(
        {machine, Protocol::kTcp, listener->local(), listener->owner().value, listener->queued()});
  }
  for (const auto& [port, socket] : stack.datagram_sockets()) {
    view.listeners.push_back(
        {machine, Protocol::kUdp, socket->local(), socket->owner().value, socket->received.size()});
  }
  for (const auto& [flow, socket] : stack.flows()) {
    view.connections.push_back(view_of(*socket, machine));
  }
}

bool names(const std::string& name, const MachineView& machine) {
  return name == machine.name || (!machine.zone.empty() && name == machine.zone);
}

}  // namespace

// As Network::direction_between().
const DirectionView* NetView::direction(const MachineView& from, const MachineView& to) const {
  const DirectionView* best = nullptr;
  int best_fit = 0;
  const auto consider = [&](const std::string& a, const std::string& b,
                            const DirectionView& direction) {
    if (!names(a, from) || !names(b, to)) return;
    const int fit = (a == from.name ? 2 : 1) + (b == to.name ? 2 : 1);
    if (fit <= best_fit) return;
    best_fit = fit;
    best = &direction;
  };
  for (const LinkView& link : links) {
    consider(link.from, link.to, link.forward);
    consider(link.to, link.from, link.back);
  }
  return best;
}

const Network::Cut* NetView::cut(const MachineView& from, const MachineView& to) const {
  for (const Network::Cut& cut : cuts) {
    if (names(cut.from, from) && names(cut.to, to)) return &cut;
  }
  return nullptr;
}

NetView look_at_network(const engine::World& world) {
  NetView view;
  const Cluster* const cluster = cluster_of(world);
  if (cluster == nullptr) return view;
  const Network& network = cluster->network();
  for (const Cluster::Member& member : cluster->members()) {
    view.machines.push_back(view_of(member, world));
    add_sockets(view, *member.stack);
  }
  for (const auto& link : network.links()) {
    view.links.push_back({link->from, link->to, view_of(link->forward), view_of(link->back)});
  }
  for (const Network::Cut& cut : network.cuts()) view.cuts.push_back(cut);
  for (const Network::Flight& flight : network.flights()) view.packets.push_back(view_of(flight));
  return view;
}

std::vector<PacketView> packets_since(const engine::World& world, engine::Instant since) {
  std::vector<PacketView> packets;
  const Cluster* const cluster = cluster_of(world);
  if (cluster == nullptr) return packets;
  const Network& network = cluster->network();
  for (const Network::Flight& flight : network.flights()) {
    if (flight.sent_at >= since) packets.push_back(view_of(flight));
  }
  if (network.losses_step() != world.state().step) return packets;
  for (const Network::Loss& loss : network.losses()) packets.push_back(view_of(loss));
  return packets;
}

}  // namespace sim::net
