// sim/net/stack.h: a machine's sockets: who listens, which connections there are, what arrives for
// whom.
//
// Concept: the kernel's side of the network. Sockets are objects of the world; the stack holds each
// connection until its TCP is done with it, also after its user has closed it. It does no waiting:
// socket.h has what goroutines await.
// Determinism: initial sequence numbers and the first ephemeral port are choices of the machine.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/task/scheduler.h"
#include "engine/world/object.h"
#include "sim/net/network.h"
#include "sim/net/tcp.h"
#include "sim/node/machine.h"

namespace sim::net {

class Stack;
class TcpListener;
class TcpSocket;

struct BacklogTag {};

/// Who is told when a connection changes, instead of a goroutine that waits.
class SocketObserver {
 public:
  virtual void socket_changed(TcpSocket& socket) = 0;

 protected:
  ~SocketObserver() = default;
};

/// Wakes whoever waits at an instant that can be moved.
class DeadlineAlarm : public engine::Alarm {
 public:
  explicit DeadlineAlarm(engine::WaitList& waiters) : Alarm(ring), waiters_(waiters) {}
  /// kEndOfTime: never.
  void set(engine::Instant at);
  [[nodiscard]] bool passed() const { return engine::here().now >= at_; }

 private:
  static void ring(engine::Alarm& alarm);
  engine::WaitList& waiters_;
  engine::Instant at_ = engine::kEndOfTime;
};

/// Wakes all of `waiters`; each tries again.
void wake_all(engine::WaitList& waiters);

/// One end of a TCP connection.
class TcpSocket final : public engine::Object {
 public:
  TcpSocket(Stack& stack, Address local, Address remote, const TcpOptions& options);

  [[nodiscard]] const Tcp& tcp() const { return tcp_; }
  [[nodiscard]] Address local() const { return local_; }
  [[nodiscard]] Address remote() const { return remote_; }
  [[nodiscard]] engine::ProcessId owner() const { return owner_; }
  void set_owner(engine::ProcessId owner) { owner_ = owner; }
  [[nodiscard]] bool is_closed_by_user() const { return closed_; }
  [[nodiscard]] const Stack& stack() const { return stack_; }
  void set_observer(SocketObserver* observer) { observer_ = observer; }

  void write(Bytes bytes);
  Bytes read(uint32_t most);
  void close_write();
  void close();
  void abort();

  engine::WaitList readers;
  engine::WaitList writers;  // and who waits to be connected
  DeadlineAlarm read_deadline{readers};
  DeadlineAlarm write_deadline{writers};

 private:
  friend class Stack;
  struct Timer : engine::Alarm {
    explicit Timer(TcpSocket& s) : Alarm(expired), socket(s) {}
    TcpSocket& socket;
  };
  static void expired(engine::Alarm& alarm);
  /// Sends what the state machine has produced, and tells whoever waits.
  void settle(Tcp::Segments& out);

  Stack& stack_;
  Tcp tcp_;
  Address local_;
  Address remote_;
  Timer timer_{*this};
  engine::Ref<TcpListener> listener_;  // until it is accepted
  SocketObserver* observer_ = nullptr;
  engine::ProcessId owner_;
  bool closed_ = false;
};

class TcpListener final : public engine::Object {
 public:
  /// Source: Linux, net.core.somaxconn.
  static constexpr size_t kBacklog = 4096;

  TcpListener(Stack& stack, Address local, engine::ProcessId owner);
  [[nodiscard]] Address local() const { return local_; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] engine::ProcessId owner() const { return owner_; }
  [[nodiscard]] size_t queued() const { return established_.size(); }
  engine::Ref<TcpSocket> take();
  void close();

  engine::WaitList acceptors;

 private:
  friend class Stack;
  friend class TcpSocket;
  Stack& stack_;
  Address local_;
  engine::ProcessId owner_;
  std::deque<engine::Ref<TcpSocket>> established_;
  size_t opening_ = 0;  // handshakes under way
  bool closed_ = false;
};

class UdpSocket final : public engine::Object {
 public:
  static constexpr size_t kQueueMax = 256;
  struct Received {
    Bytes bytes;
    Address from;
  };

  UdpSocket(Stack& stack, Address local, engine::ProcessId owner);
  [[nodiscard]] Address local() const { return local_; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] engine::ProcessId owner() const { return owner_; }
  void send(Bytes bytes, Address to);
  void close();

  std::deque<Received> received;
  engine::WaitList readers;
  DeadlineAlarm read_deadline{readers};

 private:
  friend class Stack;
  Stack& stack_;
  Address local_;
  engine::ProcessId owner_;
  bool closed_ = false;
};

/// Whom a machine asks for addresses. Source: resolv.conf(5).
struct NameService {
  std::optional<Address> nameserver;  // nothing: names of machines are all there is
  std::vector<std::string> search;    // domains that short names are tried in, in order
  uint32_t ndots = 1;                 // a name with so many dots is tried as it is first
};

class Stack final : public node::Device, public Port {
 public:
  Stack(node::Machine& machine, Network& network, Ip ip);
  /// A network namespace on the machine of `host`, with an address of its own. REQUIRES: it
  /// outlives its processes and their sockets.
  Stack(Stack& host, Ip ip);
  ~Stack();

  /// Null: the port is taken. Port 0: any free one.
  TcpListener* listen(Address address, engine::ProcessId owner);
  UdpSocket* bind(Address address, engine::ProcessId owner);
  /// Begins to connect.
  engine::Ref<TcpSocket> connect(Address to, engine::ProcessId owner);

  void arrive(Packet& packet) override;
  [[nodiscard]] bool is_up() const override { return machine_.is_up(); }
  void process_ended(engine::ProcessId process) override;
  void machine_crashed() override;
  void machine_started() override {}
  [[nodiscard]] PacketFilter* filter() const override { return host_->filter_; }
  /// Of the machine, and of all namespaces on it.
  void set_filter(PacketFilter* filter) { filter_ = filter; }
  /// Of a namespace: the stack of its machine; otherwise this one.
  [[nodiscard]] Stack& host() const { return *host_; }
  /// Closes everything, as when the namespace goes.
  void close_everything();

  [[nodiscard]] const NameService& name_service() const { return name_service_; }
  void set_name_service(NameService service) { name_service_ = std::move(service); }

  [[nodiscard]] node::Machine& machine() const { return machine_; }
  [[nodiscard]] Network& network() const { return network_; }
  [[nodiscard]] const std::map<std::pair<uint16_t, Address>, engine::Ref<TcpSocket>>& flows()
      const {
    return flows_;
  }
  [[nodiscard]] const std::map<uint16_t, engine::Ref<TcpListener>>& listeners() const {
    return listeners_;
  }
  [[nodiscard]] const std::map<uint16_t, engine::Ref<UdpSocket>>& datagram_sockets() const {
    return udp_;
  }

 private:
  friend class TcpSocket;
  friend class TcpListener;
  friend class UdpSocket;
  void send(Address from, Address to, Segment segment);
  void arrive_tcp(Packet& packet);
  void arrive_udp(Packet& packet);
  void accept_syn(TcpListener& listener, const Packet& packet);
  void reset(const Packet& packet);
  void forget(TcpSocket& socket);
  void close_all(engine::ProcessId owner);
  uint16_t ephemeral_port(Address to);
  uint32_t secret();
  [[nodiscard]] TcpOptions options_for(Ip peer) const;

  node::Machine& machine_;
  Network& network_;
  Stack* host_;
  PacketFilter* filter_ = nullptr;
  engine::EntityKey key_;
  std::map<std::pair<uint16_t, Address>, engine::Ref<TcpSocket>> flows_;  // local port, peer
  std::map<uint16_t, engine::Ref<TcpListener>> listeners_;
  std::map<uint16_t, engine::Ref<UdpSocket>> udp_;
  uint32_t next_port_ = 0;  // 0: not chosen yet
  uint32_t udp_ports_used_ = 0;
  NameService name_service_;
  Tcp::Segments out_;  // reused
};

}  // namespace sim::net
