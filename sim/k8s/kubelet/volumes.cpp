#include "sim/k8s/kubelet/volumes.h"

#include "engine/task/print.h"
#include "engine/world/local.h"
#include "sim/json/parse.h"
#include "sim/k8s/kubelet/pod_cgroups.h"

namespace sim::k8s::kubelet {
namespace {

using container::Volume;
using engine::errorf;
using engine::Ref;
using engine::Task;
using json::Object;

struct Sandboxes : engine::WorldLocal {
  std::map<uint32_t, std::map<std::string, Ref<Sandbox>, std::less<>>> by_machine;
};
struct SharedVolumes : engine::WorldLocal {
  std::map<std::string, Ref<Volume>, std::less<>> by_name;
};

Ref<Volume> shared_volume(const std::string& name) {
  Ref<Volume>& place = engine::world_local<SharedVolumes>().by_name[name];
  if (!place) place = Ref<Volume>(new Volume(name));
  return place;
}

bool is_taken(const std::map<std::string, Ref<Sandbox>, std::less<>>& all, const std::string& ip) {
  for (const auto& [uid, sandbox] : all) {
    if (sandbox->network && sandbox->ip == ip) return true;
  }
  return false;
}

net::NameService name_service(const Kubelet& kubelet, const Value& pod) {
  const Value& spec = pod["spec"];
  const std::string_view policy = spec["dnsPolicy"].text("ClusterFirst");
  net::NameService out;
  if (policy == "Default") out = kubelet.runtime.network().name_service();
  if (policy == "ClusterFirst" || policy == "ClusterFirstWithHostNet") {
    const std::string& domain = kubelet.options.cluster_domain;
    out.nameserver = net::Address{kubelet.options.cluster_dns, 53};
    out.search = {std::string(namespace_of(pod)) + ".svc." + domain, "svc." + domain, domain};
    out.ndots = 5;
  }
  const Value& extra = spec["dnsConfig"];
  if (extra["nameservers"].size() > 0 && !out.nameserver) {
    const std::optional<net::Ip> ip = net::parse_ip(extra["nameservers"][0].text());
    if (ip) out.nameserver = net::Address{*ip, 53};
  }
  for (const Value& domain : extra["searches"].items()) out.search.emplace_back(domain.text());
  for (const Value& option : extra["options"].items()) {
    if (option["name"].text() != "ndots") continue;
    const std::optional<uint16_t> dots = net::parse_port(option["value"].text());
    if (dots) out.ndots = *dots;
  }
  return out;
}

void put_file(Volume& volume, std::string_view path, const std::string& bytes) {
  std::string full = "/" + std::string(path);
  const size_t slash = full.rfind('/');
  if (slash > 0) static_cast<void>(volume.files().make_directories(full.substr(0, slash)));
  static_cast<void>(volume.files().write(full, bytes));
}

// What a ConfigMap's or Secret's data become; `items` picks keys and gives them paths.
engine::Error put_data(Volume& volume, const Value& part, const Sources& sources, bool is_secret) {
  const std::string_view name =
      is_secret ? part["secretName"].text(part["name"].text()) : part["name"].text();
  const std::string key = (is_secret ? "secrets/" : "configmaps/") + std::string(name);
  const auto found = sources.find(key);
  if (found == sources.end()) {
    if (part["optional"].truth()) return nullptr;
    return errorf(is_secret ? "secret" : "configmap", " \"", name, "\" not found");
  }
  const auto data = data_of(found->second);
  if (part["items"].size() == 0) {
    for (const auto& [file, bytes] : data) put_file(volume, file, bytes);
    return nullptr;
  }
  for (const Value& item : part["items"].items()) {
    const auto at = data.find(item["key"].text());
    if (at != data.end()) {
      put_file(volume, item["path"].text(), at->second);
    } else if (!part["optional"].truth()) {
      return errorf(is_secret ? "references non-existent secret key: "
                              : "configmap references non-existent config key: ",
                    item["key"].text());
    }
  }
  return nullptr;
}

void put_downward(Volume& volume, const Value& part, const Value& pod) {
  for (const Value& item : part["items"].items()) {
    std::string text;
    if (const Value& field = item["fieldRef"]) {
      text = field_value(pod, field["fieldPath"].text());
    } else {
      const Value& reference = item["resourceFieldRef"];
      for (const Value& container : pod["spec"]["containers"].items()) {
        if (container["name"] != reference["containerName"]) continue;
        text = resource_value(container, reference, {});
      }
    }
    put_file(volume, item["path"].text(), text);
  }
}

struct Token {
  std::string text;
  engine::Error error;
};
Task<Token> request_token(Ref<Kubelet> kubelet, Value pod, Value part) {
  constexpr int64_t kLifetime = 3607;
  const std::string account(pod["spec"]["serviceAccountName"].text("default"));
  const Value spec = Object()
                         .set("expirationSeconds", part["expirationSeconds"].integer(kLifetime))
                         .set_nonzero("audience", part["audience"])
                         .build();
  const Value body = Object()
                         .set("apiVersion", "authentication.k8s.io/v1")
                         .set("kind", "TokenRequest")
                         .set("spec", spec)
                         .build();
  RestClient::RawRequest request(
      "POST", RestClient::path_of(kServiceAccounts, namespace_of(pod), account, "token"));
  request.content_type = "application/json";
  request.accept = "application/json";
  request.body = body.to_json();
  const RestClient::Raw got = co_await kubelet->client.raw(kubelet->context, request);
  Token out;
  out.error = got.error;
  if (!out.error) out.text = json::parse(got.text).value["status"]["token"].text();
  co_return out;
}

// A part of a projected volume, or a volume of one kind.
Task<engine::Error> fill(Ref<Kubelet> kubelet, Ref<Volume> volume, Value pod, Value part,
                         Sources* sources) {
  engine::Error error;
  if (const Value& map = part["configMap"]) {
    error = put_data(*volume, map, *sources, false);
  } else if (const Value& secret = part["secret"]) {
    error = put_data(*volume, secret, *sources, true);
  } else if (const Value& downward = part["downwardAPI"]) {
    put_downward(*volume, downward, pod);
  } else if (part.contains("serviceAccountToken")) {
    const Value wanted = part["serviceAccountToken"];
    const Token token = co_await request_token(kubelet, pod, wanted);
    if (token.error) {
      co_return errorf("failed to fetch token: ", token.error);
    }
    put_file(*volume, wanted["path"].text("token"), token.text);
  }
  co_return error;
}

struct Claimed {
  Ref<Volume> volume;
  engine::Error error;
};
Task<Claimed> claimed_volume(Ref<Kubelet> kubelet, Value pod, std::string claim) {
  Claimed out;
  const std::string space(namespace_of(pod));
  const ObjectResult got =
      co_await kubelet->client.get(kubelet->context, kPersistentVolumeClaims, space, claim);
  const std::string volume(got.object["spec"]["volumeName"].text());
  if (got.error) {
    out.error = got.error;
  } else if (volume.empty() || got.object["status"]["phase"].text() != "Bound") {
    out.error = errorf("PVC ", space, "/", claim, " is not bound");
  } else {
    out.volume = shared_volume("pv/" + volume);
  }
  co_return out;
}

}  // namespace

Ref<Sandbox> find_sandbox(const Kubelet& kubelet, std::string_view uid) {
  auto& all = engine::world_local<Sandboxes>().by_machine[kubelet.machine.id()];
  const auto found = all.find(uid);
  if (found == all.end()) return {};
  if (!found->second->is_lost()) return found->second;
  all.erase(found);
  return {};
}

Ref<Sandbox> make_sandbox(Kubelet& kubelet, const Value& pod) {
  auto& all = engine::world_local<Sandboxes>().by_machine[kubelet.machine.id()];
  std::erase_if(all, [](const auto& each) { return each.second->is_lost(); });
  Ref<Sandbox> out(new Sandbox);
  if (pod["spec"]["hostNetwork"].truth()) {
    out->ip = kubelet.host_ip();
  } else {
    // The first two addresses are the range's own and the bridge's, the last one is broadcast.
    constexpr uint32_t kFirst = 2;
    for (uint32_t tries = 0; tries < kubelet.pod_count && out->ip.empty(); ++tries) {
      if (++kubelet.next_ip + 1 >= kubelet.pod_count) kubelet.next_ip = kFirst;
      const net::Ip ip{kubelet.pod_base.value + kubelet.next_ip};
      const std::string text = net::ip_text(ip);
      if (is_taken(all, text)) continue;
      std::string host(pod["spec"]["hostname"].text(name_of(pod)));
      out->network = Ref<container::Namespace>(
          new container::Namespace(kubelet.runtime.network(), ip, std::move(host)));
      out->network->stack().set_name_service(name_service(kubelet, pod));
      out->ip = text;
    }
    if (out->ip.empty()) return {};
  }
  out->group = pod_cgroup(kubelet.machine, pod);
  all[std::string(uid_of(pod))] = out;
  return out;
}

void remove_sandbox(Kubelet& kubelet, std::string_view uid) {
  auto& all = engine::world_local<Sandboxes>().by_machine[kubelet.machine.id()];
  const auto found = all.find(uid);
  if (found == all.end()) return;
  const Ref<Sandbox> sandbox = found->second;
  all.erase(found);
  if (sandbox->network) sandbox->network->stack().close_everything();
  static_cast<void>(sandbox->group->remove());
}

Task<Fetched> fetch_sources(Ref<Kubelet> kubelet, Value pod) {
  Fetched out;
  const std::string space(namespace_of(pod));
  for (const std::string& key : source_keys(pod)) {
    const bool is_secret = key.starts_with("secrets/");
    const std::string name = key.substr(key.find('/') + 1);
    const Resource resource = is_secret ? kSecrets : kConfigMaps;
    const ObjectResult got = co_await kubelet->client.get(kubelet->context, resource, space, name);
    if (!got.error) {
      out.sources[key] = got.object.with("kind", resource.kind);
    } else if (!is_not_found(got.error)) {
      out.error = got.error;
    }
  }
  co_return out;
}

Task<engine::Error> make_volumes(Ref<Kubelet> kubelet, Ref<Sandbox> sandbox, Value pod,
                                 Sources sources) {
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    const std::string name(volume["name"].text());
    if (sandbox->volumes.contains(name)) continue;
    Ref<Volume> made;
    engine::Error error;
    if (const Value& claim = volume["persistentVolumeClaim"]) {
      std::string claim_name(claim["claimName"].text());
      const Claimed claimed = co_await claimed_volume(kubelet, pod, claim_name);
      made = claimed.volume;
      error = claimed.error;
    } else if (const Value& path = volume["hostPath"]) {
      made = shared_volume("host/" + kubelet->machine.name() + std::string(path["path"].text()));
    } else {
      made = Ref<Volume>(new Volume(name));
      if (volume.contains("projected")) {
        for (const Value& part : volume["projected"]["sources"].items()) {
          error = co_await fill(kubelet, made, pod, part, &sources);
          if (error) break;
        }
      } else {
        error = co_await fill(kubelet, made, pod, volume, &sources);
      }
    }
    if (error) {
      co_return errorf("MountVolume.SetUp failed for volume \"", name, "\" : ", error);
    }
    sandbox->volumes[name] = made;
  }
  co_return nullptr;
}

std::vector<container::Mount> mounts_of(const Sandbox& sandbox, const Value& container) {
  std::vector<container::Mount> out;
  for (const Value& mount : container["volumeMounts"].items()) {
    const auto found = sandbox.volumes.find(mount["name"].text());
    if (found == sandbox.volumes.end()) continue;
    container::Mount made;
    made.path = mount["mountPath"].text();
    if (made.path.size() > 1 && made.path.ends_with('/')) made.path.pop_back();
    made.volume = found->second;
    made.read_only = mount["readOnly"].truth();
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace sim::k8s::kubelet
