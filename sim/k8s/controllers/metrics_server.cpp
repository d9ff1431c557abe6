#include "sim/k8s/controllers/metrics_server.h"

#include <map>
#include <set>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/http/client.h"
#include "sim/json/parse.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int64_t kWindowSeconds = 15;

std::string number(int64_t value) {
  std::string text;
  engine::append_operand(text, value);
  return text;
}

// As metrics-server writes them: decimal fractions of a core, binary multiples of a byte.
Value usage_of(const Value& measured) {
  const int64_t bytes = measured["memory"]["workingSetBytes"].integer();
  const std::string cores = number(measured["cpu"]["usageNanoCores"].integer()) + "n";
  return json::Object()
      .set("cpu", Quantity::parse(cores).value_or(Quantity()).text())
      .set("memory", Quantity::of(bytes, Quantity::Format::kBinary).text())
      .build();
}

bool is_measured(const Value& entry) {
  return entry["cpu"].contains("usageNanoCores") && entry["memory"].contains("workingSetBytes");
}

Value metrics_object(const Resource& resource, const Value& answer, const Value& of) {
  json::Object meta;
  meta.set("name", name_of(of));
  meta.set_nonzero("namespace", namespace_of(of));
  meta.set_nonzero("labels", labels_of(of));
  const int64_t window = answer["node"]["windowSeconds"].integer(kWindowSeconds);
  return json::Object()
      .set("apiVersion", resource.api_version)
      .set("kind", resource.kind)
      .set("metadata", std::move(meta).build())
      .set("timestamp", answer["node"]["time"])
      .set("window", engine::duration_text(window * engine::kSecond))
      .build();
}

class MetricsServer : public engine::Counted<MetricsServer> {
 public:
  MetricsServer(RestClient client, MetricsServerOptions options, Context context)
      : client_(client),
        options_(options),
        context_(std::move(context)),
        nodes_(client, kNodes),
        pods_(client, kPods) {}

  Task<> run() {
    const engine::Ref<MetricsServer> self(this);
    for (const Informer& informer : {nodes_, pods_}) {
      engine::go([informer, context = context_]() -> Task<> {
        co_await informer.run(context);
      }).set_name("informer");
    }
    co_await nodes_.wait_for_sync();
    co_await pods_.wait_for_sync();
    co_await learn(kNodeMetrics);
    co_await learn(kPodMetrics);
    while (!context_.err()) {
      const engine::Instant began = engine::now();
      co_await scrape_all();
      co_await engine::sleep_for(options_.resolution - (engine::now() - began));
    }
  }

 private:
  // What an earlier run has left.
  Task<> learn(Resource resource) {
    const engine::Ref<MetricsServer> self(this);
    const ListResult listed =
        co_await client_.list(context_, resource, std::string(), ListOptions());
    for (const Value& object : listed.items) stored_[id_of(resource, object)] = object;
  }

  Task<> scrape_all() {
    const engine::Ref<MetricsServer> self(this);
    const engine::WaitGroup all("scrapes");
    for (const auto& [name, node] : nodes_.objects()) {
      all.add(1);
      engine::go(
          [](engine::Ref<MetricsServer> server, std::string node_name,
             engine::WaitGroup done) -> Task<> {
            co_await server->scrape(node_name);
            done.done();
          },
          self, name, all)
          .set_name("scrape " + name);
    }
    co_await all.wait();
    co_await remove_gone();
  }

  Task<> scrape(std::string name) {
    const engine::Ref<MetricsServer> self(this);
    const engine::Cancelable limited = engine::with_timeout(context_, options_.timeout);
    http::NewRequest made = http::new_request(
        "GET", "http://" + name + ":" + number(options_.kubelet_port) + "/metrics/resource.json",
        std::string());
    made.request.context = [context = limited.context] { return context; };
    const http::RoundTrip trip = co_await kubelets_.send(std::move(made.request));
    std::string text;
    bool failed = bool(trip.error);
    if (!failed) {
      const http::Body::All body = co_await trip.response.body.read_all();
      failed = body.error || trip.response.status != 200;
      text = body.text;
    }
    limited.cancel();
    if (failed) co_return;
    const Value answer = json::parse(text).value;
    const Value node = nodes_.get(name);
    const Value metrics = node ? node_metrics_of(answer, node) : Value();
    if (metrics) co_await store(kNodeMetrics, metrics);
    for (const Value& each : pod_metrics_of(answer, pods_)) co_await store(kPodMetrics, each);
  }

  Task<> store(Resource resource, Value fresh) {
    const engine::Ref<MetricsServer> self(this);
    const std::string id = id_of(resource, fresh);
    const auto found = stored_.find(id);
    const Value before = found == stored_.end() ? Value() : found->second;
    if (!metrics_differ(before, fresh)) co_return;
    ObjectResult written;
    if (before) {
      const Value replaced =
          with_meta(fresh, "resourceVersion", metadata(before)["resourceVersion"]);
      written = co_await client_.update(context_, resource, replaced);
    } else {
      const std::string space(namespace_of(fresh));
      written = co_await client_.create(context_, resource, space, fresh);
    }
    if (!written.error) {
      // What was sent, in whatever form the server keeps it.
      stored_[id] =
          with_meta(fresh, "resourceVersion", metadata(written.object)["resourceVersion"]);
    } else if (is_not_found(written.error)) {
      stored_.erase(id);
    } else if (is_conflict(written.error) || is_already_exists(written.error)) {
      const ObjectKey key = split_key(key_of(fresh));
      const ObjectResult there = co_await client_.get(context_, resource, key.space, key.name);
      if (!there.error) stored_[id] = there.object;
    }
  }

  // Metrics do not outlive what they are of.
  Task<> remove_gone() {
    const engine::Ref<MetricsServer> self(this);
    std::vector<std::string> gone;
    for (const auto& [id, object] : stored_) {
      const bool is_pod = id.starts_with(kPodMetrics.kind);
      const Informer& informer = is_pod ? pods_ : nodes_;
      if (!informer.get(key_in(id))) gone.push_back(id);
    }
    for (const std::string& id : gone) {
      const bool is_pod = id.starts_with(kPodMetrics.kind);
      const ObjectKey key = split_key(key_in(id));
      const Resource resource = is_pod ? kPodMetrics : kNodeMetrics;
      const Error error = co_await client_.remove(context_, resource, key);
      if (!error || is_not_found(error)) stored_.erase(id);
    }
  }

  static std::string id_of(const Resource& resource, const Value& object) {
    return std::string(resource.kind) + " " + key_of(object);
  }
  static std::string_view key_in(std::string_view id) { return id.substr(id.find(' ') + 1); }

  RestClient client_;
  MetricsServerOptions options_;
  Context context_;
  Informer nodes_;
  Informer pods_;
  http::Client kubelets_;
  std::map<std::string, Value> stored_;  // by kind and key
};

}  // namespace

Value node_metrics_of(const Value& answer, const Value& node) {
  if (!is_measured(answer["node"])) return {};
  return metrics_object(kNodeMetrics, answer, node).with("usage", usage_of(answer["node"]));
}

Value pod_metrics_of_entry(const Value& answer, const Value& entry, const Value& pod) {
  const std::string_view uid = entry["podRef"]["uid"].text();
  if (!pod || (!uid.empty() && uid != uid_of(pod))) return {};
  json::Array containers;
  for (const Value& container : entry["containers"].items()) {
    if (!is_measured(container)) return {};
    containers.add(
        json::Object().set("name", container["name"]).set("usage", usage_of(container)).build());
  }
  if (containers.size() == 0) return {};
  return metrics_object(kPodMetrics, answer, pod).with("containers", containers.build());
}

std::vector<Value> pod_metrics_of(const Value& answer, const Informer& pods) {
  std::vector<Value> all;
  for (const Value& entry : answer["pods"].items()) {
    std::string key(entry["podRef"]["namespace"].text());
    key += '/';
    key += entry["podRef"]["name"].text();
    const Value metrics = pod_metrics_of_entry(answer, entry, pods.get(key));
    if (metrics) all.push_back(metrics);
  }
  return all;
}

bool metrics_differ(const Value& stored, const Value& fresh) {
  for (const std::string_view part : {"usage", "containers"}) {
    if (stored[part] != fresh[part]) return true;
  }
  if (labels_of(stored) != labels_of(fresh)) return true;
  const int64_t before_ns = parse_time(stored["timestamp"].text()).value_or(0);
  const int64_t now_ns = parse_time(fresh["timestamp"].text()).value_or(0);
  return now_ns - before_ns >= kMetricsOldest.ns;
}

Task<> run_metrics_server(RestClient client, MetricsServerOptions options, Context context) {
  const engine::Ref<MetricsServer> server(
      new MetricsServer(std::move(client), options, std::move(context)));
  co_await server->run();
}

}  // namespace sim::k8s
