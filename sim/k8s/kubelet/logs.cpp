#include "sim/k8s/kubelet/logs.h"

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Ref;
using engine::Task;

constexpr int64_t kSecondNs = 1'000'000'000;

int64_t number_of(std::string_view text, int64_t otherwise) {
  if (text.empty()) return otherwise;
  int64_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || out > 1'000'000'000'000) return otherwise;
    out = out * 10 + (c - '0');
  }
  return out;
}

// RFC 3339 with all nine digits, as the container runtime's log files have them.
std::string nano_time_text(int64_t unix_ns) {
  std::string out = time_text(unix_ns);
  out.pop_back();
  out += '.';
  const int64_t part = (unix_ns % kSecondNs + kSecondNs) % kSecondNs;
  for (int64_t digit = kSecondNs / 10; digit > 0; digit /= 10) {
    out += static_cast<char>('0' + part / digit % 10);
  }
  return out + "Z";
}

struct Chosen {
  Ref<Container> run;
  std::string problem;
};
// The run whose log is meant. A container that waits to be started again shows its last run, which
// is the previous one as well.
Chosen choose(const Kubelet& kubelet, const http::Request& request, bool previous) {
  Chosen out;
  std::vector<Ref<Container>> runs = runs_asked_for(kubelet, request);
  const std::string name(request.path_value("container"));
  const std::string pod(request.path_value("pod"));
  ContainerFacts facts;
  for (const auto& [uid, worker] : kubelet.workers) {
    if (name_of(worker->pod) != pod) continue;
    if (namespace_of(worker->pod) != request.path_value("space")) continue;
    const auto found = worker->facts.containers.find(name);
    if (found != worker->facts.containers.end()) facts = found->second;
  }
  if (previous) {
    const bool waits = !facts.waiting_reason.empty();
    if (!runs.empty() && (runs.back()->is_running() || !waits)) runs.pop_back();
    if (runs.empty()) {
      out.problem =
          "previous terminated container \"" + name + "\" in pod \"" + pod + "\" not found";
      return out;
    }
  }
  if (runs.empty()) {
    out.problem = "container \"" + name + "\" in pod \"" + pod + "\" is waiting to start: ";
    const std::string& why = facts.waiting_reason;
    if (why == "ErrImagePull") {
      out.problem += "image can't be pulled";
    } else if (why == "ImagePullBackOff") {
      out.problem += "trying and failing to pull image";
    } else {
      out.problem += why.empty() ? "ContainerCreating" : why;
    }
    return out;
  }
  out.run = runs.back();
  return out;
}

}  // namespace

std::vector<Ref<Container>> runs_asked_for(const Kubelet& kubelet, const http::Request& request) {
  std::vector<Ref<Container>> out;
  for (const Ref<Container>& each : kubelet.runtime.containers()) {
    if (label_of(*each, kPodNamespaceLabel) == request.path_value("space") &&
        label_of(*each, kPodNameLabel) == request.path_value("pod") &&
        label_of(*each, kContainerNameLabel) == request.path_value("container")) {
      out.push_back(each);
    }
  }
  return out;
}

Task<> serve_logs(Ref<Kubelet> kubelet, http::ResponseWriter writer, http::Request request) {
  http::Values query;
  static_cast<void>(http::parse_query(request.url.query, query));
  const Chosen chosen = choose(*kubelet, request, query.get("previous") == "true");
  if (!chosen.run) co_return co_await http::answer_error(writer, chosen.problem, 400);
  const Ref<Container> run = chosen.run;
  const bool follows = query.get("follow") == "true";
  const bool stamped = query.get("timestamps") == "true";
  int64_t left = number_of(query.get("limitBytes"), INT64_MAX);
  const int64_t tail = number_of(query.get("tailLines"), INT64_MAX);
  const int64_t since = number_of(query.get("sinceSeconds"), -1);
  int64_t from_ns = since < 0 ? INT64_MIN : kubelet->wall_ns() - since * kSecondNs;
  const std::optional<int64_t> since_time = parse_time(query.get("sinceTime"));
  if (since_time) from_ns = *since_time;
  uint64_t next = 1;
  if (tail < static_cast<int64_t>(run->log_end())) {
    next = run->log_end() - static_cast<uint64_t>(tail);
  }
  writer.header().set("Content-Type", "text/plain");
  const engine::Context context = request.context();
  while (true) {
    const uint64_t seen = run->changed().count();
    std::string text;
    for (const container::LogLine& line : run->log()) {
      if (line.number < next) continue;
      next = line.number + 1;
      if (line.unix_ns < from_ns) continue;
      if (stamped) text += nano_time_text(line.unix_ns) + " ";
      text += line.text + "\n";
    }
    if (static_cast<int64_t>(text.size()) > left) text.resize(static_cast<size_t>(left));
    left -= static_cast<int64_t>(text.size());
    if (!text.empty()) {
      const engine::Error failed = co_await writer.write(std::move(text));
      if (failed) co_return;
    }
    if (!follows || left <= 0 || !run->is_running() || context.err()) co_return;
    const engine::Error failed = co_await writer.flush();
    if (failed) co_return;
    // Now and then it looks whether somebody still reads.
    co_await run->changed().wait(seen, engine::now() + 60 * engine::kSecond);
  }
}

}  // namespace sim::k8s::kubelet
