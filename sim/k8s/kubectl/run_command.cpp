// sim/k8s/kubectl/run_command.cpp: kubectl run, expose, autoscale.
//
// Not modelled: run --attach, --rm, -it; expose of pods' and services' own ports with names.

#include <utility>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/kubectl/create.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using json::Array;
using json::Object;

Value empty() {
  return Value::empty_object();
}

}  // namespace

ReadLabels read_labels(std::string_view text) {
  ReadLabels out;
  Object labels;
  for (const std::string& pair : split_words(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      out.error = errorf("unexpected label spec: ", pair);
      return out;
    }
    labels.set(pair.substr(0, equals), pair.substr(equals + 1));
  }
  out.labels = std::move(labels).build();
  return out;
}

Outcome run_run(Call call) {
  const Flags& flags = call->flags;
  size_t names = call->args.size();
  if (call->before_dashes >= 0) names = static_cast<size_t>(call->before_dashes);
  if (names == 0) co_return usage_error(call, "NAME is required for run");
  const std::string restart = flags.text("restart");
  if (restart != "Always" && restart != "OnFailure" && restart != "Never") {
    co_return usage_error(call, "invalid restart policy: " + restart);
  }
  Value labels = Object().set("run", call->args[0]).build();
  if (flags.given("labels")) {
    ReadLabels read = read_labels(flags.text("labels"));
    if (read.error) co_return read.error;
    labels = read.labels;
  }
  Array arguments;
  for (size_t i = 1; i < call->args.size(); ++i) arguments.add(call->args[i]);
  Array environment;
  for (const std::string& pair : flags.list("env")) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) co_return errorf("invalid env: ", pair);
    environment.add(Object()
                        .set("name", pair.substr(0, equals))
                        .set_nonzero("value", pair.substr(equals + 1))
                        .build());
  }
  Object container;
  container.set("image", flags.text("image")).set("name", call->args[0]);
  container.set("resources", empty());
  container.set_nonzero(flags.truth("command") ? "command" : "args", arguments.build());
  container.set_nonzero("env", environment.build());
  const std::string pull = flags.text("image-pull-policy");
  if (!pull.empty()) container.set("imagePullPolicy", pull);
  if (flags.given("port")) {
    const Value port = Object().set("containerPort", flags.number("port")).build();
    container.set("ports", Array().add(port).build());
  }
  const Value spec = Object()
                         .set("containers", Array().add(std::move(container).build()).build())
                         .set("dnsPolicy", "ClusterFirst")
                         .set("restartPolicy", restart)
                         .build();
  Value object = with_meta(named(call, "v1", "Pod"), "labels", labels);
  if (flags.given("annotations")) {
    Object annotations;
    for (const std::string& pair : flags.list("annotations")) {
      const size_t equals = pair.find('=');
      if (equals == std::string::npos) co_return errorf("unexpected annotation: ", pair);
      annotations.set(pair.substr(0, equals), pair.substr(equals + 1));
    }
    object = with_meta(object, "annotations", std::move(annotations).build());
  }
  object = object.with("spec", spec).with("status", empty());
  co_return co_await create_and_print(call, object, "kubectl-run");
}

Outcome run_expose(Call call) {
  const Flags& flags = call->flags;
  PlanOptions how;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  if (!fetched.errors.empty()) co_return failures(std::move(fetched.errors));
  if (fetched.items.empty()) co_return errorf(kMissingResource);
  const Item item = fetched.items[0];
  const std::string_view kind = item.kind->kind;
  Value selector = labels_of(item.object);
  const Value& spec_of_object = item.object["spec"];
  Value containers = spec_of_object["containers"];
  if (kind == "Service") {
    selector = spec_of_object["selector"];
  } else if (kind == "Deployment" || kind == "ReplicaSet") {
    selector = spec_of_object["selector"]["matchLabels"];
    containers = spec_of_object["template"]["spec"]["containers"];
  } else if (kind != "Pod") {
    co_return errorf("cannot expose a ", kind, item.kind->group.empty() ? "" : ".",
                     item.kind->group);
  }
  if (flags.given("selector")) {
    const ReadLabels read = read_labels(flags.text("selector"));
    if (read.error) co_return read.error;
    selector = read.labels;
  }
  if (selector.size() == 0) {
    co_return errorf(
        "couldn't retrieve selectors via --selector flag or introspection: the pod "
        "has no labels and cannot be exposed");
  }
  const std::string protocol = flags.text("protocol");
  const auto target_of = [&flags](const Value& port) {
    const std::string given = flags.text("target-port");
    int64_t number = 0;
    if (given.empty()) return port;
    return parse_number(given, number) ? Value(number) : Value(given);
  };
  Array ports;
  std::vector<Value> numbers;
  if (!flags.text("port").empty()) {
    for (const std::string& text : split_words(flags.text("port"), ',')) {
      int64_t number = 0;
      if (!parse_number(text, number)) {
        co_return errorf("strconv.Atoi: parsing \"", text, "\": invalid syntax");
      }
      numbers.emplace_back(number);
    }
  } else if (kind == "Service") {
    for (const Value& port : spec_of_object["ports"].items()) numbers.push_back(port["port"]);
  } else {
    for (const Value& container : containers.items()) {
      for (const Value& port : container["ports"].items()) {
        numbers.push_back(port["containerPort"]);
      }
    }
  }
  if (numbers.empty()) co_return errorf("couldn't find port via --port flag or introspection");
  for (const Value& number : numbers) {
    Object port;
    if (numbers.size() > 1) {
      std::string name = "port-";
      engine::append_operand(name, ports.size() + 1);
      port.set("name", name);
    }
    port.set("port", number).set("protocol", protocol.empty() ? "TCP" : protocol);
    port.set("targetPort", target_of(number));
    ports.add(std::move(port).build());
  }
  std::string name = flags.text("name");
  if (name.empty()) name = item.name;
  Object spec;
  if (flags.given("cluster-ip")) spec.set("clusterIP", flags.text("cluster-ip"));
  spec.set("ports", ports.build()).set("selector", selector);
  if (flags.given("type")) spec.set("type", flags.text("type"));
  Object meta;
  meta.set("creationTimestamp", nullptr).set("name", name);
  Value labels = labels_of(item.object);
  if (flags.given("labels")) {
    const ReadLabels read = read_labels(flags.text("labels"));
    if (read.error) co_return read.error;
    labels = read.labels;
  }
  meta.set_nonzero("labels", labels);
  if (flags.given("namespace")) meta.set("namespace", call->space());
  const Value object = Object()
                           .set("apiVersion", "v1")
                           .set("kind", "Service")
                           .set("metadata", std::move(meta).build())
                           .set("spec", std::move(spec).build())
                           .set("status", Object().set("loadBalancer", empty()).build())
                           .build();
  if (call->dry_run() == "client" || !call->flags.text("output").empty()) {
    co_return co_await create_and_print(call, object, "kubectl-expose");
  }
  // It says `exposed` rather than `created`.
  Query query("POST", path_of(*find_kind("v1", "Service"), call->space()));
  query.with("fieldManager", "kubectl-expose");
  query.content_type = "application/json";
  query.body = object.to_json();
  const ObjectResult made = co_await ask(call, std::move(query));
  if (made.error) co_return made.error;
  co_return print_result(call, made.object, "exposed");
}

Outcome run_autoscale(Call call) {
  const Flags& flags = call->flags;
  const int64_t most = flags.number("max");
  const int64_t least = flags.number("min");
  if (most < 1) {
    co_return errorf("--max=MAXPODS is required and must be at least 1, max: ", most);
  }
  if (most < least) {
    co_return errorf("--max=MAXPODS must be larger or equal to --min=MINPODS, max: ", most,
                     ", min: ", least);
  }
  if (const Error error = check_options(call)) co_return error;
  PlanOptions how;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    if (!item.kind->has_scale) {
      errors.push_back(errorf("cannot autoscale a ", resource_text(*item.kind), ": not supported"));
      continue;
    }
    std::string name = flags.text("name");
    if (name.empty()) name = item.name;
    Object spec;
    spec.set("maxReplicas", most);
    if (least > 0) spec.set("minReplicas", least);
    const int64_t cpu = flags.number("cpu-percent");
    if (cpu >= 0) {
      const Value target =
          Object().set("averageUtilization", cpu).set("type", "Utilization").build();
      const Value resource = Object().set("name", "cpu").set("target", target).build();
      const Value metric = Object().set("resource", resource).set("type", "Resource").build();
      spec.set("metrics", Array().add(metric).build());
    }
    spec.set("scaleTargetRef", Object()
                                   .set("apiVersion", item.kind->api_version())
                                   .set("kind", item.kind->kind)
                                   .set("name", item.name)
                                   .build());
    Object meta;
    meta.set("creationTimestamp", nullptr).set("name", name);
    const Value status = Object().set("currentMetrics", nullptr).set("desiredReplicas", 0).build();
    const Value object = Object()
                             .set("apiVersion", "autoscaling/v2")
                             .set("kind", "HorizontalPodAutoscaler")
                             .set("metadata", std::move(meta).build())
                             .set("spec", std::move(spec).build())
                             .set("status", status)
                             .build();
    if (call->dry_run() == "client") {
      static_cast<void>(print_result(call, object, "autoscaled"));
      continue;
    }
    Query query("POST",
                path_of(*find_kind("autoscaling/v2", "HorizontalPodAutoscaler"), item.space));
    query.with("fieldManager", "kubectl-autoscale");
    query.content_type = "application/json";
    query.body = object.to_json();
    const ObjectResult made = co_await ask(call, std::move(query));
    if (made.error) {
      errors.push_back(made.error);
      continue;
    }
    if (const Error error = print_result(call, made.object, "autoscaled")) {
      errors.push_back(error);
    }
  }
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
