// The defaults of pods and of their templates.

#include <string_view>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr int64_t kFileMode = 0644;

// The latest image may be another one each time. Source: Kubernetes' documentation, "Images".
std::string_view pull_policy(std::string_view image) {
  const size_t slash = image.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const bool has_digest = name.find('@') != std::string_view::npos;
  const size_t colon = name.rfind(':');
  const bool is_latest = colon == std::string_view::npos || name.substr(colon + 1) == "latest";
  return is_latest && !has_digest && !name.empty() ? "Always" : "IfNotPresent";
}

Value with_http_get(const Value& handler) {
  return Filler(handler)
      .apply("httpGet",
             [](const Value& get) {
               return Filler(get).nonempty_text("path", "/").nonempty_text("scheme", "HTTP").done();
             })
      .apply("grpc", [](const Value& grpc) { return Filler(grpc).text("service", "").done(); })
      .done();
}

Value default_probe(const Value& probe) {
  const Value handled = with_http_get(probe);
  return Filler(handled)
      .nonzero_number("timeoutSeconds", 1)
      .nonzero_number("periodSeconds", 10)
      .nonzero_number("successThreshold", 1)
      .nonzero_number("failureThreshold", 3)
      .done();
}

Value default_life_cycle(const Value& life_cycle) {
  return Filler(life_cycle)
      .apply("postStart", with_http_get)
      .apply("preStop", with_http_get)
      .done();
}

Value with_api_version(const Value& reference) {
  return Filler(reference).nonempty_text("apiVersion", "v1").done();
}

Value default_variable(const Value& variable) {
  return Filler(variable)
      .apply(
          "valueFrom",
          [](const Value& from) { return Filler(from).apply("fieldRef", with_api_version).done(); })
      .done();
}

Value with_protocol(const Value& port) {
  return Filler(port).nonempty_text("protocol", "TCP").done();
}

// What a container may use at most, it also asks for.
Value requests_from_limits(const Value& resources) {
  const Value& limits = resources["limits"];
  Value requests = resources["requests"];
  for (const json::Member& limit : limits.members()) {
    if (!requests.contains(limit.name())) requests = requests.with(limit.name(), limit.value);
  }
  return requests == resources["requests"] ? resources : resources.with("requests", requests);
}

Value with_host_port(const Value& port) {
  return Filler(port).nonzero_number("hostPort", port["containerPort"].integer()).done();
}

Value default_container(const Value& container) {
  Filler filler(container);
  filler.nonempty_text("terminationMessagePath", "/dev/termination-log")
      .nonempty_text("terminationMessagePolicy", "File")
      .object("resources")
      .apply("ports", [](const Value& ports) { return each(ports, with_protocol); })
      .apply("env", [](const Value& env) { return each(env, default_variable); })
      .apply("livenessProbe", default_probe)
      .apply("readinessProbe", default_probe)
      .apply("startupProbe", default_probe)
      .apply("lifecycle", default_life_cycle);
  if (container["imagePullPolicy"].text().empty()) {
    filler.set("imagePullPolicy", pull_policy(container["image"].text()));
  }
  return filler.done();
}

Value default_containers(const Value& containers) {
  return each(containers, default_container);
}

Value with_requests(const Value& containers) {
  return each(containers, [](const Value& container) {
    return Filler(container).apply("resources", requests_from_limits).done();
  });
}

Value with_host_ports(const Value& containers) {
  return each(containers, [](const Value& container) {
    return Filler(container)
        .apply("ports", [](const Value& ports) { return each(ports, with_host_port); })
        .done();
  });
}

Value with_file_mode(const Value& source) {
  return Filler(source).number("defaultMode", kFileMode).done();
}

Value with_item_versions(const Value& source) {
  return Filler(source)
      .apply("items",
             [](const Value& items) {
               return each(items, [](const Value& item) {
                 return Filler(item).apply("fieldRef", with_api_version).done();
               });
             })
      .done();
}

Value default_projection(const Value& source) {
  return Filler(source)
      .apply(
          "serviceAccountToken",
          [](const Value& token) { return Filler(token).number("expirationSeconds", 3600).done(); })
      .apply("downwardAPI", with_item_versions)
      .done();
}

Value default_volume(const Value& volume) {
  Filler filler(volume);
  // A volume that says nothing but its name is an empty directory.
  if (volume.size() <= 1) filler.object("emptyDir");
  return filler.apply("secret", with_file_mode)
      .apply("configMap", with_file_mode)
      .apply("downwardAPI",
             [](const Value& source) { return with_file_mode(with_item_versions(source)); })
      .apply("projected",
             [](const Value& source) {
               return Filler(source)
                   .number("defaultMode", kFileMode)
                   .apply("sources", [](const Value& all) { return each(all, default_projection); })
                   .done();
             })
      .apply("hostPath", [](const Value& path) { return Filler(path).text("type", "").done(); })
      .apply("image",
             [](const Value& image) {
               return Filler(image)
                   .nonempty_text("pullPolicy", pull_policy(image["reference"].text()))
                   .done();
             })
      .apply("ephemeral",
             [](const Value& ephemeral) {
               return Filler(ephemeral)
                   .apply("volumeClaimTemplate",
                          [](const Value& claim) {
                            return Filler(claim).apply("spec", default_claim_spec).done();
                          })
                   .done();
             })
      .done();
}

}  // namespace

Value default_pod_spec(const Value& spec, bool in_pod) {
  Filler filler(spec);
  filler.nonempty_text("restartPolicy", "Always")
      .nonempty_text("dnsPolicy", "ClusterFirst")
      .nonempty_text("schedulerName", "default-scheduler")
      .number("terminationGracePeriodSeconds", 30)
      .object("securityContext")
      .apply("volumes", [](const Value& volumes) { return each(volumes, default_volume); })
      .apply("ephemeralContainers", default_containers);
  if (in_pod) filler.truth("enableServiceLinks", true);
  const bool host_ports = in_pod && spec["hostNetwork"].truth();
  for (const std::string_view list : {"containers", "initContainers"}) {
    filler.apply(list, [in_pod, host_ports](const Value& containers) {
      Value filled = default_containers(containers);
      if (in_pod) filled = with_requests(filled);
      return host_ports ? with_host_ports(filled) : filled;
    });
  }
  // The older name of the same field says the same.
  const Value& named = spec["serviceAccountName"];
  const Value& account = named.is_zero() ? spec["serviceAccount"] : named;
  if (!account.is_zero()) {
    filler.set("serviceAccountName", account).set("serviceAccount", account);
  }
  return filler.done();
}

Value default_pod_template(const Value& pod_template) {
  if (!pod_template.is_object()) return pod_template;
  return Filler(pod_template).set("spec", default_pod_spec(pod_template["spec"], false)).done();
}

}  // namespace sim::k8s::strategies
