#include "sim/k8s/apiserver/admission.h"

#include <algorithm>
#include <array>

#include "engine/task/print.h"
#include "engine/world/hash.h"
#include "sim/k8s/api/quantity.h"
#include "sim/net/address.h"

namespace sim::k8s {
namespace {

using engine::Task;
using json::Array;
using json::Object;

bool is_core(const Attributes& attributes, std::string_view plural) {
  return attributes.kind->group.empty() && attributes.kind->plural == plural;
}

bool creates_pod(const Attributes& attributes) {
  return attributes.verb == Verb::kCreate && is_core(attributes, "pods");
}

Answer refused(const Attributes& attributes, std::string_view why) {
  return forbidden(resource_of(*attributes.kind), attributes.name, why);
}

std::string number(int64_t value) {
  std::string text;
  engine::append_operand(text, value);
  return text;
}

}  // namespace

Task<Answer> namespace_lifecycle(Registry& registry, Attributes& attributes) {
  const bool is_namespace = is_core(attributes, "namespaces");
  if (attributes.verb == Verb::kDelete && is_namespace) {
    constexpr std::array<std::string_view, 3> kStay = {"default", "kube-public", "kube-system"};
    if (std::find(kStay.begin(), kStay.end(), attributes.name) != kStay.end()) {
      co_return refused(attributes, "this namespace may not be deleted");
    }
  }
  if (attributes.verb != Verb::kCreate || !attributes.kind->namespaced) co_return Answer{};
  const KindInfo* const namespaces = registry.resources().find({}, "v1", "namespaces");
  const Answer found = co_await registry.get(*namespaces, {}, attributes.space);
  if (found.failed()) co_return found;
  if (found.body["status"]["phase"].text() == "Terminating") {
    const std::string why = "unable to create new content in namespace " + attributes.space +
                            " because it is being terminated";
    co_return refused(attributes, why);
  }
  co_return Answer{};
}

Task<Answer> priority(Registry& registry, Attributes& attributes) {
  if (!creates_pod(attributes)) co_return Answer{};
  const KindInfo* const classes =
      registry.resources().find("scheduling.k8s.io", "v1", "priorityclasses");
  std::string name(attributes.object["spec"]["priorityClassName"].text());
  int64_t value = 0;
  Value policy;
  if (name == "system-node-critical") {
    value = 2'000'001'000;
  } else if (name == "system-cluster-critical") {
    value = 2'000'000'000;
  } else if (!name.empty()) {
    const Answer found = co_await registry.get(*classes, {}, name);
    if (found.failed()) {
      co_return refused(attributes, "no PriorityClass with name " + name + " was found");
    }
    value = found.body["value"].integer();
    policy = found.body["preemptionPolicy"];
  } else {
    const Store::Listed listed = co_await registry.store().list(Registry::key_of(*classes, {}, {}));
    for (const Value& item : listed.items) {
      if (!item["globalDefault"].truth()) continue;
      name = name_of(item);
      value = item["value"].integer();
      policy = item["preemptionPolicy"];
    }
  }
  const Value& said = attributes.object["spec"]["priority"];
  if (said && said.integer() != value) {
    co_return refused(attributes,
                      "the integer value of priority (" + number(said.integer()) +
                          ") must not be provided in pod spec; priority admission controller "
                          "computed " +
                          number(value) + " from the given PriorityClass name");
  }
  Object spec(attributes.object["spec"]);
  spec.set("priority", value);
  if (!name.empty()) spec.set("priorityClassName", name);
  if (!attributes.object["spec"].contains("preemptionPolicy")) {
    spec.set("preemptionPolicy", policy ? policy : Value("PreemptLowerPriority"));
  }
  attributes.object = attributes.object.with("spec", std::move(spec).build());
  co_return Answer{};
}

namespace {

constexpr std::string_view kTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

// The volume with what a program needs to reach the API server.
Value token_volume(std::string_view name) {
  const auto file = [](std::string_view key, std::string_view path) {
    return Array().add(Object().set("key", key).set("path", path).build()).build();
  };
  const Value token = Object().set("expirationSeconds", 3607).set("path", "token").build();
  const Value field =
      Object().set("apiVersion", "v1").set("fieldPath", "metadata.namespace").build();
  const Value space = Object().set("path", "namespace").set("fieldRef", field).build();
  const Value certificate =
      Object().set("name", "kube-root-ca.crt").set("items", file("ca.crt", "ca.crt")).build();
  const Value sources =
      Array()
          .add(Object().set("serviceAccountToken", token).build())
          .add(Object().set("configMap", certificate).build())
          .add(Object()
                   .set("downwardAPI", Object().set("items", Array().add(space).build()).build())
                   .build())
          .build();
  return Object()
      .set("name", name)
      .set("projected", Object().set("defaultMode", 420).set("sources", sources).build())
      .build();
}

bool mounts_token(const Value& container) {
  for (const Value& mount : container["volumeMounts"].items()) {
    if (mount["mountPath"].text() == kTokenPath) return true;
  }
  return false;
}

// `containers` with the token mounted in each; the same if nothing changes.
Value with_token_mounts(const Value& containers, std::string_view volume) {
  const Value mount =
      Object().set("name", volume).set("readOnly", true).set("mountPath", kTokenPath).build();
  Array out;
  for (const Value& container : containers.items()) {
    out.add(mounts_token(container)
                ? container
                : container.with("volumeMounts", container["volumeMounts"].appended(mount)));
  }
  return out.build();
}

}  // namespace

Task<Answer> service_account(Registry& registry, Attributes& attributes) {
  if (!creates_pod(attributes)) co_return Answer{};
  const Value& pod = attributes.object;
  // A mirror of a pod that a kubelet runs by itself.
  if (!annotation_of(pod, "kubernetes.io/config.mirror").empty()) co_return Answer{};
  std::string name(pod["spec"]["serviceAccountName"].text("default"));
  if (name.empty()) name = "default";
  const KindInfo* const accounts = registry.resources().find({}, "v1", "serviceaccounts");
  const Answer account = co_await registry.get(*accounts, attributes.space, name);
  if (account.failed()) {
    co_return refused(attributes, "error looking up service account " + attributes.space + "/" +
                                      name + ": serviceaccount \"" + name + "\" not found");
  }
  Object spec(pod["spec"]);
  spec.set("serviceAccountName", name).set("serviceAccount", name);
  const bool automounts = pod["spec"]["automountServiceAccountToken"].truth(
      account.body["automountServiceAccountToken"].truth(true));
  if (automounts) {
    const std::string volume = "kube-api-access-" + registry.name_suffix();
    const Value containers = with_token_mounts(pod["spec"]["containers"], volume);
    const Value init = with_token_mounts(pod["spec"]["initContainers"], volume);
    const bool changed = containers != pod["spec"]["containers"] ||
                         (init.size() > 0 && init != pod["spec"]["initContainers"]);
    if (changed) {
      spec.set("containers", containers);
      if (init.size() > 0) spec.set("initContainers", init);
      spec.set("volumes", pod["spec"]["volumes"].appended(token_volume(volume)));
    }
  }
  attributes.object = pod.with("spec", std::move(spec).build());
  co_return Answer{};
}

Task<Answer> default_toleration_seconds(Registry& /*registry*/, Attributes& attributes) {
  if (!creates_pod(attributes)) co_return Answer{};
  constexpr int kSeconds = 300;
  Value tolerations = attributes.object["spec"]["tolerations"];
  for (const std::string_view key :
       {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    const auto tolerates = [key](const Value& toleration) {
      const std::string_view effect = toleration["effect"].text();
      const std::string_view its_key = toleration["key"].text();
      return (its_key == key || its_key.empty()) && (effect == "NoExecute" || effect.empty());
    };
    const std::span<const Value> all = tolerations.items();
    if (std::any_of(all.begin(), all.end(), tolerates)) continue;
    tolerations = tolerations.appended(Object()
                                           .set("key", key)
                                           .set("operator", "Exists")
                                           .set("effect", "NoExecute")
                                           .set("tolerationSeconds", kSeconds)
                                           .build());
  }
  attributes.object = attributes.object.with_in({"spec", "tolerations"}, tolerations);
  co_return Answer{};
}

namespace {

/// Source: kubeadm's --service-cluster-ip-range; the first addresses are kept for fixed use.
constexpr uint32_t kServiceRange = (10U << 24) | (96U << 16);
constexpr uint32_t kServiceAddresses = 1U << 16;
constexpr uint32_t kFirstAddress = 256;
constexpr int64_t kFirstNodePort = 30'000;
constexpr int64_t kNodePorts = 2'768;

struct Taken {
  std::vector<std::string> addresses;
  std::vector<int64_t> ports;
  [[nodiscard]] bool has(std::string_view address) const {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
  }
  [[nodiscard]] bool has(int64_t port) const {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
  }
};

Taken taken_by(std::span<const Value> services, std::string_view except) {
  Taken taken;
  for (const Value& service : services) {
    if (uid_of(service) == except) continue;
    taken.addresses.emplace_back(service["spec"]["clusterIP"].text());
    for (const Value& port : service["spec"]["ports"].items()) {
      if (port.contains("nodePort")) taken.ports.push_back(port["nodePort"].integer());
    }
  }
  return taken;
}

// A number below `range` that comes from the object's own id, and others after it.
uint32_t start_for(const Value& object, uint32_t range) {
  return static_cast<uint32_t>(engine::hash_bytes(uid_of(object)) % range);
}

std::optional<std::string> free_address(const Value& service, const Taken& taken) {
  constexpr uint32_t kRange = kServiceAddresses - kFirstAddress - 1;
  const uint32_t start = start_for(service, kRange);
  for (uint32_t i = 0; i < kRange; ++i) {
    const uint32_t offset = kFirstAddress + (start + i) % kRange;
    std::string address = net::ip_text(net::Ip{kServiceRange + offset});
    if (!taken.has(address)) return address;
  }
  return {};
}

std::optional<int64_t> free_port(const Value& service, const Taken& taken) {
  const uint32_t start = start_for(service, static_cast<uint32_t>(kNodePorts));
  for (int64_t i = 0; i < kNodePorts; ++i) {
    const int64_t port = kFirstNodePort + (start + i) % kNodePorts;
    if (!taken.has(port)) return port;
  }
  return {};
}

Answer with_addresses(const Attributes& attributes, Taken taken, Value& service) {
  const Value& spec = service["spec"];
  const std::string_view type = spec["type"].text("ClusterIP");
  const ResourceName kind{{}, "Service"};
  FieldErrors errors;
  const FieldPath at("spec");
  if (type == "ExternalName") return {};
  Value changed = spec;
  const std::string_view wanted = spec["clusterIP"].text();
  if (wanted.empty()) {
    const std::optional<std::string> address = free_address(service, taken);
    if (!address) return internal_error("range is full");
    changed = changed.with("clusterIP", *address);
  } else if (wanted != "None" && attributes.verb == Verb::kCreate && taken.has(wanted)) {
    errors.invalid(
        at.child("clusterIPs"), Array().add(wanted).build(),
        "failed to allocate IP " + std::string(wanted) + ": provided IP is already allocated");
    return invalid(kind, attributes.name, errors);
  }
  changed = changed.with("clusterIPs", Array().add(changed["clusterIP"]).build());
  if (type == "NodePort" || type == "LoadBalancer") {
    Array ports;
    for (const Value& port : spec["ports"].items()) {
      const int64_t said = port["nodePort"].integer();
      const std::optional<int64_t> given =
          said != 0 ? std::optional(said) : free_port(service, taken);
      if (!given) return internal_error("range is full");
      if (said != 0 && taken.has(said)) {
        errors.invalid(at.child("ports").index(ports.size()).child("nodePort"), said,
                       "provided port is already allocated");
        return invalid(kind, attributes.name, errors);
      }
      taken.ports.push_back(*given);
      ports.add(port.with("nodePort", *given));
    }
    changed = changed.with("ports", ports.build());
  }
  service = service.with("spec", changed);
  return {};
}

}  // namespace

Task<Answer> service_addresses(Registry& registry, Attributes& attributes) {
  const bool writes = attributes.verb == Verb::kCreate || attributes.verb == Verb::kUpdate;
  if (!writes || !is_core(attributes, "services")) co_return Answer{};
  if (attributes.subresource == "status") co_return Answer{};
  const Store::Listed listed =
      co_await registry.store().list(Registry::key_of(*attributes.kind, {}, {}));
  const Taken taken = taken_by(listed.items, uid_of(attributes.object));
  co_return with_addresses(attributes, taken, attributes.object);
}

namespace {

struct Amount {
  std::string name;
  Quantity quantity;
};

void add_amount(std::vector<Amount>& amounts, std::string name, Quantity quantity) {
  for (Amount& amount : amounts) {
    if (amount.name != name) continue;
    amount.quantity = amount.quantity + quantity;
    return;
  }
  amounts.push_back({std::move(name), quantity});
}

// What a new object counts for.
std::vector<Amount> usage_of(const KindInfo& kind, const Value& object) {
  std::vector<Amount> amounts;
  std::string counted(kind.plural);
  std::string generic = "count/" + counted;
  if (!kind.group.empty()) generic += "." + std::string(kind.group);
  add_amount(amounts, std::move(generic), Quantity::of(1));
  if (kind.group.empty()) add_amount(amounts, counted, Quantity::of(1));
  if (kind.plural == "pods" && kind.group.empty()) {
    const std::string_view phase = object["status"]["phase"].text();
    if (phase == "Succeeded" || phase == "Failed") return {};
    for (const Value& container : object["spec"]["containers"].items()) {
      for (const std::string_view side : {"requests", "limits"}) {
        for (const json::Member& each : container["resources"][side].members()) {
          const Quantity quantity = Quantity::from(each.value);
          const std::string name(each.name());
          add_amount(amounts, std::string(side) + "." + name, quantity);
          if (side == "requests") add_amount(amounts, name, quantity);
        }
      }
    }
  }
  if (kind.plural == "persistentvolumeclaims") {
    add_amount(amounts, "requests.storage",
               Quantity::from(object.in({"spec", "resources", "requests", "storage"})));
  }
  return amounts;
}

// `quota` with the usage added, or why that is too much.
Answer charged(const Attributes& attributes, const Value& quota, std::span<const Amount> usage) {
  std::string requested;
  std::string used_text;
  std::string limited;
  Value used = quota["status"]["used"];
  const auto append = [](std::string& out, std::string_view name, const Quantity& quantity) {
    if (!out.empty()) out += ',';
    out += name;
    out += '=';
    out += quantity.text();
  };
  for (const json::Member& hard : quota["spec"]["hard"].members()) {
    for (const Amount& amount : usage) {
      if (amount.name != hard.name()) continue;
      const Quantity limit = Quantity::from(hard.value);
      const Quantity before = Quantity::from(used[hard.name()]);
      if (before + amount.quantity > limit && !amount.quantity.is_zero()) {
        append(requested, hard.name(), amount.quantity);
        append(used_text, hard.name(), before);
        append(limited, hard.name(), limit);
      }
      used = used.with(hard.name(), (before + amount.quantity).text());
    }
  }
  if (requested.empty()) return {200, quota.with_in({"status", "used"}, used)};
  const std::string why = "exceeded quota: " + std::string(name_of(quota)) +
                          ", requested: " + requested + ", used: " + used_text +
                          ", limited: " + limited;
  return forbidden(resource_of(*attributes.kind), attributes.name, why);
}

}  // namespace

Task<Answer> resource_quota(Registry& registry, Attributes& attributes) {
  if (attributes.verb != Verb::kCreate || !attributes.kind->namespaced) co_return Answer{};
  const KindInfo* const quotas = registry.resources().find({}, "v1", "resourcequotas");
  if (attributes.kind == quotas) co_return Answer{};
  const Store::Listed listed =
      co_await registry.store().list(Registry::key_of(*quotas, attributes.space, {}));
  if (listed.items.empty()) co_return Answer{};
  const std::vector<Amount> usage = usage_of(*attributes.kind, attributes.object);
  for (const Value& quota : listed.items) {
    const bool counts = std::any_of(usage.begin(), usage.end(), [&](const Amount& amount) {
      return quota["spec"]["hard"].contains(amount.name);
    });
    if (!counts) continue;
    RequestInfo info;
    info.space = attributes.space;
    info.name = name_of(quota);
    info.subresource = "status";
    const Registry::Change change = [&](const Value& current) {
      return charged(attributes, current, usage);
    };
    Registry::Options plain;
    const Answer taken = co_await registry.modify(*quotas, info, change, plain);
    if (taken.failed() && taken.code != 404) co_return taken;
  }
  co_return Answer{};
}

}  // namespace sim::k8s
