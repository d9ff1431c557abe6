// sim/k8s/kubectl/create_kinds.cpp: kubectl create deployment, service, job, cronjob.

#include <utility>

#include "sim/k8s/kubectl/create.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;
using json::Array;
using json::Object;

Value empty() {
  return Value::empty_object();
}

Value app_label(const Call& call) {
  return Object().set("app", call->args[0]).build();
}

Value container(std::string_view name, std::string_view image, const Value& command) {
  return Object()
      .set_nonzero("command", command)
      .set("image", image)
      .set("name", name)
      .set("resources", empty())
      .build();
}

Value job_template(const Call& call, std::string_view restart_policy) {
  const Value only = container(call->args[0], call->flags.text("image"), words_behind_dashes(call));
  const Value spec = Object()
                         .set("containers", Array().add(only).build())
                         .set("restartPolicy", restart_policy)
                         .build();
  return Object()
      .set("metadata", Object().set("creationTimestamp", nullptr).build())
      .set("spec", spec)
      .build();
}

}  // namespace

std::string name_of_image(std::string_view image) {
  std::string_view name = image.substr(image.rfind('/') + 1);
  name = name.substr(0, name.find(':'));
  std::string out(name.substr(0, name.find('@')));
  for (char& c : out) {
    if (c == '_' || c == '.') c = '-';
  }
  return out;
}

Value words_behind_dashes(const Call& call) {
  Array words;
  if (call->before_dashes < 0) return words.build();
  for (size_t i = static_cast<size_t>(call->before_dashes); i < call->args.size(); ++i) {
    words.add(call->args[i]);
  }
  return words.build();
}

Outcome run_create_deployment(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Flags& flags = call->flags;
  const std::vector<std::string> images = flags.list("image");
  const Value command = words_behind_dashes(call);
  if (images.size() > 1 && command.size() > 0) {
    co_return errorf("cannot specify multiple --image options and command");
  }
  const int64_t port = flags.number("port");
  Array containers;
  for (const std::string& image : images) {
    Value made = container(name_of_image(image), image, command);
    if (port >= 0 && images.size() == 1) {
      const Value one = Object().set("containerPort", port).build();
      made = made.with("ports", Array().add(one).build());
    }
    containers.add(std::move(made));
  }
  const Value labels = app_label(call);
  const Value pod_meta = Object().set("creationTimestamp", nullptr).set("labels", labels).build();
  const Value pod = Object()
                        .set("metadata", pod_meta)
                        .set("spec", Object().set("containers", containers.build()).build())
                        .build();
  const Value spec = Object()
                         .set("replicas", flags.number("replicas"))
                         .set("selector", Object().set("matchLabels", labels).build())
                         .set("strategy", empty())
                         .set("template", pod)
                         .build();
  const Value object = with_meta(named(call, "apps/v1", "Deployment"), "labels", labels)
                           .with("spec", spec)
                           .with("status", empty());
  co_return co_await create_as(call, object, "failed to create deployment: ");
}

Outcome run_create_service(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Flags& flags = call->flags;
  const std::string_view path = call->command->path;
  const std::string_view form = path.substr(path.rfind(' ') + 1);
  const std::string_view type = form == "nodeport"       ? "NodePort"
                                : form == "loadbalancer" ? "LoadBalancer"
                                : form == "externalname" ? "ExternalName"
                                                         : "ClusterIP";
  const std::string cluster_ip = flags.text("clusterip");
  if (flags.list("tcp").empty() && cluster_ip != "None" && form != "externalname") {
    co_return errorf("at least one tcp port specifier must be provided");
  }
  Array ports;
  for (const std::string& text : flags.list("tcp")) {
    const std::vector<std::string> parts = split_words(text, ':');
    int64_t port = 0;
    int64_t target = 0;
    if (parts.size() > 2 || !parse_number(parts[0], port)) {
      co_return errorf("invalid port format ", text);
    }
    Value target_port;
    if (parts.size() == 2) {
      target_port = parse_number(parts[1], target) ? Value(target) : Value(parts[1]);
    } else {
      target_port = port;
    }
    std::string name = text;
    for (char& c : name) {
      if (c == ':') c = '-';
    }
    Object one;
    one.set("name", name).set("port", port).set("protocol", "TCP");
    one.set("targetPort", target_port);
    const int64_t node_port = flags.number("node-port");
    if (form == "nodeport" && node_port > 0) one.set("nodePort", node_port);
    ports.add(std::move(one).build());
  }
  const Value labels = app_label(call);
  Object spec;
  if (!cluster_ip.empty()) spec.set("clusterIP", cluster_ip);
  if (form == "externalname") spec.set("externalName", flags.text("external-name"));
  spec.set_nonzero("ports", ports.build()).set("selector", labels).set("type", type);
  const Value status = Object().set("loadBalancer", empty()).build();
  const Value object = with_meta(named(call, "v1", "Service"), "labels", labels)
                           .with("spec", std::move(spec).build())
                           .with("status", status);
  std::string prefix = "failed to create ";
  prefix += type;
  co_return co_await create_as(call, object, prefix + " service: ");
}

Outcome run_create_job(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Flags& flags = call->flags;
  const std::string image = flags.text("image");
  const std::string from = flags.text("from");
  if (image.empty() && from.empty()) {
    co_return errorf("either --image or --from must be specified");
  }
  if (!image.empty() && !from.empty()) {
    co_return errorf("either --image or --from must be specified");
  }
  Value object = named(call, "batch/v1", "Job");
  if (from.empty()) {
    const Value spec = Object().set("template", job_template(call, "Never")).build();
    object = object.with("spec", spec).with("status", empty());
    co_return co_await create_as(call, object, "failed to create job: ");
  }
  std::vector<std::string> words;
  words.push_back(from);
  PlanOptions how;
  Fetched fetched = co_await find(call, how, std::move(words));
  if (!fetched.errors.empty()) co_return failures(std::move(fetched.errors));
  const Value source = fetched.items[0].object;
  if (kind_of(source) != "CronJob") {
    co_return errorf("from must reference an existing cronjob");
  }
  const Value& inner = source["spec"]["jobTemplate"];
  Object annotations(metadata(inner)["annotations"]);
  annotations.set("cronjob.kubernetes.io/instantiate", "manual");
  const Value owner = Object()
                          .set("apiVersion", "batch/v1")
                          .set("controller", true)
                          .set("kind", "CronJob")
                          .set("name", name_of(source))
                          .set("uid", uid_of(source))
                          .build();
  object = with_meta(object, "annotations", std::move(annotations).build());
  object = with_meta(object, "labels", labels_of(inner));
  object = with_meta(object, "ownerReferences", Array().add(owner).build());
  object = object.with("spec", inner["spec"]).with("status", empty());
  co_return co_await create_as(call, object, "failed to create job: ");
}

Outcome run_create_cron_job(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Flags& flags = call->flags;
  const std::string restart = flags.text("restart");
  const Value job =
      Object().set("template", job_template(call, restart.empty() ? "OnFailure" : restart)).build();
  const Value meta = Object().set("creationTimestamp", nullptr).set("name", call->args[0]).build();
  const Value spec =
      Object()
          .set("jobTemplate", Object().set("metadata", meta).set("spec", job).build())
          .set("schedule", flags.text("schedule"))
          .build();
  const Value object =
      named(call, "batch/v1", "CronJob").with("spec", spec).with("status", empty());
  co_return co_await create_as(call, object, "failed to create cronjob: ");
}

}  // namespace sim::k8s::kubectl
