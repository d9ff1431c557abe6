// tests/k8s/kubelet_support.h: a node `n1` with a kubelet, the programs its pods run, and what a
// client sees of them.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/container/image_builder.h"
#include "sim/container/runtime.h"
#include "sim/grpc/health.h"
#include "sim/http/client.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/kubelet.h"
#include "tests/k8s/tester.h"

namespace kubelet_test {

using namespace engine;
using namespace sim;
using namespace sim::k8s;

/// Whole seconds since the world began.
inline int64_t seconds_now() {
  return now().ns / kSecond.ns;
}

// --- The programs that containers run.

inline int64_t argument(size_t at, int64_t otherwise) {
  const std::vector<std::string>& args = current_process().args();
  if (at >= args.size()) return otherwise;
  int64_t value = 0;
  for (const char c : args[at]) value = value * 10 + (c - '0');
  return value;
}

/// `sleep [SECONDS]`: dies of SIGTERM.
inline Task<> sleeper() {
  co_await sleep_for(argument(0, 100'000) * kSecond);
}

/// `exit CODE [AFTER]`
inline Task<> leave() {
  co_await sleep_for(argument(1, 0) * kSecond);
  co_await os_exit(static_cast<int>(argument(0, 0)));
}

/// `graceful SECONDS`: needs so long after SIGTERM.
inline Task<> graceful() {
  const Chan<node::Signal> stop = node::notify_signals({node::Signal::kTerminate});
  co_await stop.recv();
  println(seconds_now(), current_process().env("NAME", "c"), "SIGTERM");
  co_await sleep_for(argument(0, 0) * kSecond);
  println(seconds_now(), current_process().env("NAME", "c"), "done");
  co_await os_exit(0);
}

/// `web`: answers 500 while its age in seconds is from $FAIL_FROM to $FAIL_UNTIL.
inline Task<> web() {
  const int64_t begun = seconds_now();
  const http::ServeMux mux;
  mux.handle("/", [begun](http::ResponseWriter w, http::Request) -> Task<> {
    const int64_t age = seconds_now() - begun;
    const bool fails = age >= current_process().env_int("FAIL_FROM", 1'000'000) &&
                       age < current_process().env_int("FAIL_UNTIL", 1'000'000);
    if (fails) w.write_header(500);
    static_cast<void>(co_await w.write("hello"));
  });
  co_await sleep_for(current_process().env_int("LISTEN_AFTER", 0) * kSecond);
  static_cast<void>(co_await http::listen_and_serve(":8080", mux));
}

/// `health`: a gRPC server that serves from 15 s to 45 s of its age.
inline Task<> health() {
  const grpc::Server server;
  const grpc::HealthServer said = grpc::register_health(server);
  said.set_serving_status("", grpc::ServingStatus::kNotServing);
  go([said]() -> Task<> {
    co_await sleep_for(15 * kSecond);
    said.set_serving_status("", grpc::ServingStatus::kServing);
    co_await sleep_for(30 * kSecond);
    said.set_serving_status("", grpc::ServingStatus::kNotServing);
  });
  static_cast<void>(co_await server.listen_and_serve(":50051"));
}

inline std::string file_text(std::string_view path) {
  const container::Container::Seen seen = container::this_container()->files_at(path);
  const container::FileRead got = seen.files->read(seen.inside);
  return got.error ? "(" + got.error.message() + ")" : got.bytes;
}

/// `touch PATH`, `test PATH`, `cat PATH...`
inline Task<> touch() {
  const container::Container::Seen seen =
      container::this_container()->files_at(current_process().args()[0]);
  static_cast<void>(seen.files->write(seen.inside, "x"));
  co_return;
}
inline Task<> test_file() {
  const container::Container::Seen seen =
      container::this_container()->files_at(current_process().args()[0]);
  co_await os_exit(seen.files->stat(seen.inside).error ? 1 : 0);
}
inline Task<> cat() {
  const std::vector<std::string> paths = current_process().args();
  for (const std::string& path : paths) println(path, file_text(path));
  co_await sleep_for(100'000 * kSecond);
}
/// `watch PATH`: tells when the file has changed; looks each second.
inline Task<> watch_file() {
  const std::string path = current_process().args()[0];
  std::string before;
  while (true) {
    const std::string text = file_text(path);
    if (text != before) println(seconds_now(), path, text);
    before = text;
    co_await sleep_for(kSecond);
  }
}
/// `env NAME...`
inline Task<> print_env() {
  const std::vector<std::string> names = current_process().args();
  for (const std::string& name : names) println(name, current_process().env(name, "(unset)"));
  co_await sleep_for(100'000 * kSecond);
}
/// `lines COUNT`: one a second.
inline Task<> lines() {
  const int64_t count = argument(0, 5);
  for (int64_t i = 1; i <= count; ++i) {
    println("line", i);
    co_await sleep_for(kSecond);
  }
  co_await sleep_for(argument(1, 100'000) * kSecond);
}
/// `eat MEBIBYTES [AFTER]`
inline Task<> eat() {
  co_await sleep_for(argument(1, 0) * kSecond);
  const node::MemoryBlock block = co_await node::allocate(argument(0, 1) << 20);
  co_await sleep_for(100'000 * kSecond);
}
/// `burn SECONDS`: of processor time.
inline Task<> burn() {
  co_await node::compute(argument(0, 1) * kSecond);
  println(seconds_now(), "burnt");
  co_await sleep_for(100'000 * kSecond);
}

struct NamedProgram {
  std::string_view name;
  container::ProgramMain main;
};
inline constexpr NamedProgram kPrograms[] = {
    {"sleep", sleeper},    {"exit", leave},    {"graceful", graceful}, {"web", web},
    {"health", health},    {"touch", touch},   {"test", test_file},    {"cat", cat},
    {"watch", watch_file}, {"env", print_env}, {"lines", lines},       {"eat", eat},
    {"burn", burn}};

inline container::ProgramMain program(std::string_view name) {
  for (const NamedProgram& each : kPrograms) {
    if (each.name == name) return each.main;
  }
  return nullptr;
}

inline Ref<container::Image> make_image(std::string_view directory) {
  container::ImageBuilder builder;
  for (const NamedProgram& each : kPrograms) {
    const container::BuildFile file{std::string(each.name), container::executable_text(each.name)};
    builder.copy(std::string(each.name), std::string(directory), {file});
  }
  return builder.build().image;
}
/// The image `box:1` has all of them in /bin, `spare:1` in /usr/bin.
inline void fill(container::Registry& registry) {
  registry.offer(container::parse_reference("box:1").reference, [] { return make_image("/bin/"); });
  registry.offer(container::parse_reference("spare:1").reference,
                 [] { return make_image("/usr/bin/"); });
}

inline Task<> run_node() {
  container::set_catalogue({program, fill});
  KubeletOptions options;
  co_await run_kubelet(support::api_client(), options, background());
}

// --- What the client does.

/// JSON with ' for ".
inline Value read(std::string_view text) {
  std::string quoted(text);
  for (char& c : quoted) {
    if (c == '\'') c = '"';
  }
  const json::Parsed parsed = json::parse(quoted);
  ENGINE_CHECK(parsed.error.empty());
  return parsed.value;
}

/// Of the pod's specification; its node is n1.
inline Value pod(std::string_view name, std::string_view spec) {
  return new_object({"v1", "Pod"}, "default", name).with("spec", read(spec).with("nodeName", "n1"));
}
/// One container `c` of the image box, with more fields of it.
inline Value simple_pod(std::string_view name, std::string_view more, std::string_view spec = {}) {
  std::string text = "{'containers':[{'name':'c','image':'box:1',";
  text += more;
  text += "}]";
  if (!spec.empty()) text += ",";
  text += spec;
  return pod(name, text + "}");
}

inline Clientset clients() {
  return Clientset(support::api_client().config());
}
inline ObjectClient pods() {
  return clients().core_v1().pods("default");
}

inline Task<> create(Value object) {
  const ObjectResult made = co_await pods().create(background(), object);
  if (made.error) println(made.error);
}

/// What each pod's service account needs, once the node is there.
inline Task<> begin() {
  const Value account = new_object({"v1", "ServiceAccount"}, "default", "default");
  static_cast<void>(
      co_await clients().resource(kServiceAccounts, "default").create(background(), account));
  const Value root = new_object({"v1", "ConfigMap"}, "default", "kube-root-ca.crt")
                         .with_in({"data", "ca.crt"}, "root");
  static_cast<void>(co_await clients().core_v1().config_maps("default").create(background(), root));
  co_await sleep_for(2 * kSecond - Duration{now().ns % kSecond.ns});
}

inline std::string state_text(const Value& status) {
  const Value& state = status["state"];
  std::string out;
  if (state.contains("running")) out = "running";
  if (const Value& waiting = state["waiting"]) out = waiting["reason"].text();
  if (const Value& ended = state["terminated"]) {
    out = std::string(ended["reason"].text()) + ":" + std::to_string(ended["exitCode"].integer());
  }
  if (status["ready"].truth()) out += "+ready";
  if (status["restartCount"].integer() > 0) {
    out += "*" + std::to_string(status["restartCount"].integer());
  }
  return out;
}

/// `12 web Running ready c=running+ready*1`
inline std::string pod_text_of(const Value& object) {
  std::string out(name_of(object));
  out += ' ';
  out += object["status"]["phase"].text("-");
  if (const Value& reason = object["status"]["reason"]) out += "/" + std::string(reason.text());
  if (condition_is_true(object, "Ready")) out += " ready";
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
    for (const Value& each : object["status"][list].items()) {
      out += " " + std::string(each["name"].text()) + "=" + state_text(each);
    }
  }
  return out;
}
inline Task<> show(std::string name) {
  const ObjectResult got = co_await pods().get(background(), name);
  if (got.error) {
    println(seconds_now(), got.error);
  } else {
    println(seconds_now(), pod_text_of(got.object));
  }
}

/// Waits until the world is so old.
inline Task<> until(int64_t second) {
  co_await sleep_for(Instant{} + second * kSecond - now());
}

/// Tells each state of a pod that differs from the last, until the world is so old.
inline Task<> tell_changes(std::string name, int64_t second) {
  std::string before;
  while (seconds_now() < second) {
    const ObjectResult got = co_await pods().get(background(), name);
    const std::string text = got.error ? "gone" : pod_text_of(got.object);
    if (text != before) println(seconds_now(), text);
    before = text;
    co_await sleep_for(kSecond - Duration{now().ns % kSecond.ns} + kMillisecond);
  }
}

/// The reasons and messages of a pod's events, with their counts, in the order of their first.
inline Task<> show_events(std::string name) {
  const ListResult all = co_await support::api_client().list(background(), kEvents, "default", {});
  for (const Value& event : all.items) {
    if (event["involvedObject"]["name"].text() != name) continue;
    // Without the uid.
    std::string text(event["message"].text());
    if (event["reason"].text() == "BackOff") text.resize(std::min(text.size(), text.find('(')));
    println(event["reason"].text(), event["count"].integer(1), text);
  }
}

/// The answer of n1's kubelet.
inline Task<std::string> ask_kubelet(std::string path) {
  const http::Client web_client;
  const http::RoundTrip trip = co_await web_client.get("http://n1:10250" + path);
  if (trip.error) co_return trip.error.message();
  const http::Body::All text = co_await trip.response.body.read_all();
  co_return text.text;
}

struct Options {
  Duration length = 120 * kSecond;
  std::vector<std::pair<Instant, std::string>> plan = {};
  support::Program node = run_node;
};
/// All that was printed by the client and by containers.
inline std::string with_kubelet(support::Program client, const Options& options = {}) {
  support::ClusterOptions cluster;
  cluster.nodes = {{"cp", support::run_api_server}, {"client", client}, {"n1", options.node}};
  cluster.plan = options.plan;
  cluster.run.until = Instant{} + options.length;
  const support::ClusterOutcome outcome = support::simulate_cluster(cluster);
  return outcome.out + outcome.err;
}

}  // namespace kubelet_test
