// sim/k8s/apiserver/server_subresources.cpp: scale, binding, eviction, finalize, token, log, exec.

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/http/client.h"
#include "sim/json/parse.h"
#include "sim/json/patch.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/eviction.h"
#include "sim/k8s/apiserver/server.h"
#include "sim/node/machine.h"

namespace sim::k8s {
namespace {

using engine::Task;

// Where a kind keeps the number of its replicas, as a Scale.
Value scale_of(const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  json::Object meta;
  for (const std::string_view key :
       {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    meta.set(key, metadata(object)[key]);
  }
  return json::Object()
      .set("kind", "Scale")
      .set("apiVersion", "autoscaling/v1")
      .set("metadata", std::move(meta).build())
      .set("spec", json::Object().set_nonzero("replicas", spec["replicas"]).build())
      .set("status", json::Object()
                         .set("replicas", status["replicas"].integer())
                         .set_nonzero("selector", LabelSelector::from(spec["selector"]).text())
                         .build())
      .build();
}

Answer with_replicas(const Value& current, const Value& scale) {
  const Value& replicas = scale["spec"]["replicas"];
  Value changed = current.with_in({"spec", "replicas"}, replicas.integer());
  // The version that the client has seen, if it says one.
  changed = with_meta(changed, "resourceVersion", metadata(scale)["resourceVersion"]);
  return {200, changed};
}

// A pod that is on no node yet goes to the node that `binding` names.
Answer bound(const Value& pod, const Value& binding, std::string_view now) {
  const std::string name(name_of(pod));
  const ResourceName resource{{}, "pods/binding"};
  if (is_being_deleted(pod)) {
    return conflict(resource, name,
                    "pod " + name + " is being deleted, cannot be assigned to a host");
  }
  const std::string_view node = pod["spec"]["nodeName"].text();
  if (!node.empty()) {
    return conflict(resource, name,
                    "pod " + name + " is already assigned to node \"" + std::string(node) + "\"");
  }
  if (pod["spec"]["schedulingGates"].size() > 0) {
    return conflict(resource, name, "pod " + name + " has non-empty .spec.schedulingGates");
  }
  Value made = pod.with_in({"spec", "nodeName"}, binding["target"]["name"]);
  for (const json::Member& annotation : metadata(binding)["annotations"].members()) {
    made = with_annotation(made, annotation.name(), annotation.value);
  }
  return {200, with_condition(made, {"PodScheduled", "True"}, now)};
}

std::string_view container_name(const Value& pod, std::string_view wanted, Answer& failed) {
  const Value& containers = pod["spec"]["containers"];
  const Value& init = pod["spec"]["initContainers"];
  if (wanted.empty()) {
    if (containers.size() == 1) return containers[0]["name"].text();
    const std::string_view preferred =
        annotation_of(pod, "kubectl.kubernetes.io/default-container");
    if (!preferred.empty()) return preferred;
    std::string names;
    for (const Value& container : containers.items()) {
      if (!names.empty()) names += ' ';
      names += container["name"].text();
    }
    std::string message = "a container name must be specified for pod " +
                          std::string(name_of(pod)) + ", choose one of: [" + names + "]";
    if (init.size() > 0) {
      std::string init_names;
      for (const Value& container : init.items()) {
        if (!init_names.empty()) init_names += ' ';
        init_names += container["name"].text();
      }
      message += " or one of the init containers: [" + init_names + "]";
    }
    failed = bad_request(std::move(message));
    return {};
  }
  for (const Value* list : {&containers, &init}) {
    for (const Value& container : list->items()) {
      if (container["name"].text() == wanted) return container["name"].text();
    }
  }
  failed = bad_request("container " + std::string(wanted) + " is not valid for pod " +
                       std::string(name_of(pod)));
  return {};
}

constexpr std::string_view kKubeletPort = ":10250";

// The kubelet of the pod's node runs the command; what it answers is passed on.
Task<Answer> exec_in(Registry& registry, const KindInfo& pods, const RequestInfo& info,
                     engine::Context context) {
  const Answer got = co_await registry.get(pods, info.space, info.name);
  if (got.failed()) co_return got;
  Answer failed;
  const std::string container(container_name(got.body, info.query.get("container"), failed));
  if (failed.failed()) co_return failed;
  const std::string node(got.body["spec"]["nodeName"].text());
  if (node.empty()) co_return bad_request("pod " + info.name + " does not have a host assigned");
  std::string url = "http://" + node + std::string(kKubeletPort) + "/exec/" + info.space + "/" +
                    info.name + "/" + container;
  char separator = '?';
  for (const std::string_view word : info.query.all("command")) {
    url += separator + std::string("command=") + http::query_escape(word);
    separator = '&';
  }
  const http::Client client;
  http::Request request;
  request.method = "POST";
  request.url = *http::parse_url(url);
  request.context = [context] { return context; };
  const http::RoundTrip trip = co_await client.send(std::move(request));
  if (trip.error) co_return internal_error(trip.error.message());
  const http::Body::All all = co_await trip.response.body.read_all();
  if (trip.response.status >= 400) {
    co_return failure(trip.response.status, "NotFound", all.text);
  }
  co_return Answer{200, json::parse(all.text).value};
}

}  // namespace

Task<Answer> ApiServer::subresource(Call& call) const {
  const KindInfo& kind = *call.kind;
  const RequestInfo& info = call.info;
  Registry& all = registry();
  const std::string_view what = info.subresource;
  Value body;
  if (what == "exec" && kind.group.empty() && kind.plural == "pods") {
    const engine::Context context = call.request.context();
    co_return co_await exec_in(all, kind, info, context);
  }
  if (info.verb == Verb::kCreate || info.verb == Verb::kUpdate || info.verb == Verb::kPatch) {
    const Answer read = co_await read_body(call, body);
    if (read.failed()) co_return read;
  }
  const bool is_pod = kind.group.empty() && kind.plural == "pods";
  RequestInfo plain = info;
  plain.subresource.clear();
  if (what == "scale" && kind.has_scale) {
    if (info.verb == Verb::kGet) {
      const Answer got = co_await all.get(kind, info.space, info.name);
      co_return got.failed() ? got : Answer{200, scale_of(got.body)};
    }
    if (info.verb != Verb::kUpdate && info.verb != Verb::kPatch) co_return method_not_allowed();
    const bool is_patch = info.verb == Verb::kPatch;
    const Registry::Change change = [&](const Value& current) {
      const Value scale = is_patch ? json::merge_patch(scale_of(current), body) : body;
      return with_replicas(current, is_patch ? with_meta(scale, "resourceVersion", {}) : scale);
    };
    const Answer changed = co_await all.modify(kind, plain, change, call.options);
    co_return changed.failed() ? changed : Answer{200, scale_of(changed.body)};
  }
  if (what == "binding" && is_pod && info.verb == Verb::kCreate) {
    plain.subresource = "binding";
    const std::string now = Registry::now_text();
    const Registry::Change change = [&](const Value& pod) { return bound(pod, body, now); };
    const Answer changed = co_await all.modify(kind, plain, change, call.options);
    co_return changed.failed() ? changed : success(201);
  }
  if (what == "eviction" && is_pod && info.verb == Verb::kCreate) {
    co_return co_await evict(all, kind, info, body);
  }
  if (what == "finalize" && kind.plural == "namespaces" && info.verb == Verb::kUpdate) {
    plain.subresource = "finalize";
    const Registry::Change change = [&](const Value& current) -> Answer {
      return {200, current.with_in({"spec", "finalizers"}, body["spec"]["finalizers"])};
    };
    co_return co_await all.modify(kind, plain, change, call.options);
  }
  if (what == "token" && kind.plural == "serviceaccounts" && info.verb == Verb::kCreate) {
    const Answer account = co_await all.get(kind, info.space, info.name);
    if (account.failed()) co_return account;
    constexpr int64_t kHour = 3600;
    const int64_t seconds = body["spec"]["expirationSeconds"].integer(kHour);
    const int64_t until = node::unix_nano() + seconds * engine::kSecond.ns;
    std::string token = "system:serviceaccount:" + info.space + ":" + info.name + ":";
    token += all.new_uid();
    co_return Answer{201, body.with("kind", "TokenRequest")
                              .with("apiVersion", "authentication.k8s.io/v1")
                              .with_in({"status", "token"}, token)
                              .with_in({"status", "expirationTimestamp"}, time_text(until))};
  }
  co_return no_such_resource();
}

// The kubelet of the pod's node has the log.
Task<> ApiServer::log(Call& call) const {
  const Answer got = co_await registry().get(*call.kind, call.info.space, call.info.name);
  if (got.failed()) co_return co_await answer(call, got);
  const Value& pod = got.body;
  Answer failed;
  const std::string container(container_name(pod, call.info.query.get("container"), failed));
  if (failed.failed()) co_return co_await answer(call, failed);
  const std::string node(pod["spec"]["nodeName"].text());
  if (node.empty()) {
    // As the real one: nothing to say yet.
    co_return co_await answer(
        call, bad_request("pod " + call.info.name + " does not have a host assigned"));
  }
  std::string url = "http://" + node + std::string(kKubeletPort) + "/containerLogs/" +
                    call.info.space + "/" + call.info.name + "/" + container;
  if (!call.request.url.query.empty()) url += "?" + call.request.url.query;
  const http::Client client;
  http::Request request;
  request.url = *http::parse_url(url);
  request.context = call.request.context;
  const http::RoundTrip trip = co_await client.send(std::move(request));
  if (trip.error) {
    co_return co_await answer(call, internal_error(trip.error.message()));
  }
  call.writer.header().set("Content-Type", "text/plain");
  call.writer.write_header(trip.response.status);
  while (true) {
    const net::ReadResult piece = co_await trip.response.body.read();
    if (piece.error) break;
    std::string text(piece.bytes.view());
    if (co_await call.writer.write(std::move(text))) break;
    if (co_await call.writer.flush()) break;
  }
  trip.response.body.close();
}

}  // namespace sim::k8s
