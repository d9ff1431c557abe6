// tests/net/nat_test.cpp: virtual addresses that stand for several servers.

#include "sim/net/nat.h"

#include <catch_amalgamated.hpp>

#include <map>

#include "engine/sync/timer.h"
#include "sim/net/socket.h"
#include "tests/support/cluster.h"

namespace {

using namespace engine;
using namespace sim::net;

constexpr Ip kVirtual{(10U << 24) | (96U << 16) | 7};

// Says its machine's name to whoever connects.
Task<> server() {
  const ListenResult listening = listen(":80");
  while (true) {
    const AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) co_return;
    const std::string name = sim::node::this_machine().name() + "\n";
    static_cast<void>(co_await accepted.conn.write(Bytes::copy(name)));
    static_cast<void>(accepted.conn.close());
  }
}

Task<std::string> ask(std::string address) {
  const DialResult dialed = co_await dial(background(), address);
  if (dialed.error) co_return dialed.error.message();
  const ReadResult read = co_await dialed.conn.read();
  static_cast<void>(dialed.conn.close());
  co_return read.error ? read.error.message() : std::string(read.bytes.view());
}

Ip address_of(std::string_view machine) {
  return *this_cluster()->address_of(machine);
}

Task<> through_a_service() {
  co_await sleep_for(kSecond);
  Stack& stack = this_stack();
  Nat nat(stack.network(), stack, sim::node::this_machine().key());
  stack.set_filter(&nat);
  const Nat::Service service{{kVirtual, 8080}, Protocol::kTcp};
  Nat::Target target;
  target.backends = {{address_of("a"), 80}, {address_of("b"), 80}};
  nat.set(service, target);
  std::map<std::string, int64_t> answers;
  for (int i = 0; i < 100; ++i) ++answers[co_await ask("10.96.0.7:8080")];
  for (const auto& [name, count] : answers) println(name.substr(0, 1), count > 30);
  target.backends = {{address_of("b"), 80}};
  nat.set(service, target);
  println("one left:", co_await ask("10.96.0.7:8080"));
  nat.set(service, {});
  println("none:", co_await ask("10.96.0.7:8080"));
  nat.remove(service);
  stack.set_filter(nullptr);
}

Task<> node_port() {
  Stack& stack = this_stack();
  auto& nat = *new Nat(stack.network(), stack, sim::node::this_machine().key());
  stack.set_filter(&nat);
  Nat::Target target;
  target.backends = {{address_of("a"), 80}};
  nat.set({{stack.ip(), 30080}, Protocol::kTcp}, target);
  co_await sleep_for(10 * kSecond);
  println("flows", nat.flows());
}

Task<> client_of_node_port() {
  co_await sleep_for(kSecond);
  println("through", co_await ask("gate:30080"));
}

}  // namespace

TEST_CASE("A service's flows are spread over its backends, and refused without any") {
  support::ClusterOptions options;
  options.nodes = {{"a", server}, {"b", server}, {"c", through_a_service}};
  options.run.until = Instant{} + 20 * kSecond;
  CHECK(support::simulate_cluster(options).out ==
        "a true\nb true\none left: b\n\n"
        "none: dial tcp 10.96.0.7:8080: connect: connection refused\n");
}

TEST_CASE("A node port leads to a backend elsewhere, and the answers back") {
  support::ClusterOptions options;
  options.nodes = {{"a", server}, {"gate", node_port}, {"c", client_of_node_port}};
  options.run.until = Instant{} + 20 * kSecond;
  CHECK(support::simulate_cluster(options).out == "through a\n\nflows 1\n");
}
