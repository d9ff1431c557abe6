#include "sim/k8s/kubelet/volumes.h"

#include "engine/task/print.h"
#include "engine/world/local.h"
#include "sim/json/parse.h"

namespace sim::k8s::kubelet {
namespace {

using container::Volume;
using engine::errorf;
using engine::Ref;
using engine::Task;
using json::Object;

struct SharedVolumes : engine::WorldLocal {
  std::map<std::string, Ref<Volume>, std::less<>> by_name;
};

Ref<Volume> shared_volume(const std::string& name) {
  Ref<Volume>& place = engine::world_local<SharedVolumes>().by_name[name];
  if (!place) place = Ref<Volume>(new Volume(name));
  return place;
}

// What a ConfigMap's or Secret's data become; `items` picks keys and gives them paths.
engine::Error put_data(Files& files, const Value& part, const Sources& sources, bool is_secret) {
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
    for (const auto& [file, bytes] : data) files[file] = bytes;
    return nullptr;
  }
  for (const Value& item : part["items"].items()) {
    const auto at = data.find(item["key"].text());
    if (at != data.end()) {
      files[std::string(item["path"].text())] = at->second;
    } else if (!part["optional"].truth()) {
      return errorf(is_secret ? "references non-existent secret key: "
                              : "configmap references non-existent config key: ",
                    item["key"].text());
    }
  }
  return nullptr;
}

void put_downward(const Kubelet& kubelet, Files& files, const Value& part, const Value& pod) {
  for (const Value& item : part["items"].items()) {
    std::string text;
    if (const Value& field = item["fieldRef"]) {
      text = field_value(pod, field["fieldPath"].text());
    } else {
      const Value& reference = item["resourceFieldRef"];
      const Value& container = container_named(pod, reference["containerName"].text());
      text = resource_value(container, reference, allocatable_of(kubelet));
    }
    files[std::string(item["path"].text())] = text;
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

struct Filled {
  Files files;
  engine::Error error;
};
// A part of a projected volume, or a volume of one kind, on top of what is there. A token that
// `before` has stays.
Task<Filled> fill(Ref<Kubelet> kubelet, Filled so_far, Value pod, Value part, Sources sources,
                  Files before) {
  Filled out = std::move(so_far);
  if (const Value& map = part["configMap"]) {
    out.error = put_data(out.files, map, sources, false);
  } else if (const Value& secret = part["secret"]) {
    out.error = put_data(out.files, secret, sources, true);
  } else if (const Value& downward = part["downwardAPI"]) {
    put_downward(*kubelet, out.files, downward, pod);
  } else if (part.contains("serviceAccountToken")) {
    const Value wanted = part["serviceAccountToken"];
    const std::string path(wanted["path"].text("token"));
    const auto had = before.find(path);
    if (had != before.end()) {
      out.files[path] = had->second;
      co_return out;
    }
    const Token token = co_await request_token(kubelet, pod, wanted);
    if (token.error) out.error = errorf("failed to fetch token: ", token.error);
    out.files[path] = token.text;
  }
  co_return out;
}

// All that belongs into a volume that the kubelet writes.
Task<Filled> contents_of(Ref<Kubelet> kubelet, Value pod, Value volume, Sources sources,
                         Files before) {
  Filled out;
  if (!volume.contains("projected")) {
    co_return co_await fill(kubelet, out, pod, volume, sources, before);
  }
  const Value parts = volume["projected"]["sources"];
  for (const Value& part : parts.items()) {
    out = co_await fill(kubelet, out, pod, part, sources, before);
    if (out.error) break;
  }
  co_return out;
}

bool is_written_by_kubelet(const Value& volume) {
  return volume.contains("configMap") || volume.contains("secret") ||
         volume.contains("downwardAPI") || volume.contains("projected");
}

// Makes what is in the volume what `files` says. In one step, as the real one's symbolic link does.
void write_files(Volume& volume, Files& written, const Files& files) {
  for (const auto& [path, bytes] : written) {
    if (!files.contains(path)) static_cast<void>(volume.files().remove("/" + path));
  }
  for (const auto& [path, bytes] : files) {
    const auto had = written.find(path);
    if (had != written.end() && had->second == bytes) continue;
    const std::string full = "/" + path;
    const size_t slash = full.rfind('/');
    if (slash > 0) static_cast<void>(volume.files().make_directories(full.substr(0, slash)));
    static_cast<void>(volume.files().write(full, bytes));
  }
  written = files;
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

engine::Error mount_error(std::string_view name, const engine::Error& error) {
  return errorf("MountVolume.SetUp failed for volume \"", name, "\" : ", error);
}

}  // namespace

NodeAmounts allocatable_of(const Kubelet& kubelet) {
  return {int64_t{kubelet.machine.cpu().cores()} * 1000,
          kubelet.machine.memory_bytes() - kubelet.options.reserved_memory_bytes};
}

Task<engine::Error> make_volumes(Ref<Kubelet> kubelet, Ref<Sandbox> sandbox, Value pod,
                                 Sources sources) {
  const Value volumes = pod["spec"]["volumes"];
  for (const Value& volume : volumes.items()) {
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
      const Files none;
      const Filled filled = co_await contents_of(kubelet, pod, volume, sources, none);
      error = filled.error;
      if (!error) write_files(*made, sandbox->files[name], filled.files);
    }
    if (error) co_return mount_error(name, error);
    sandbox->volumes[name] = made;
  }
  co_return nullptr;
}

Task<engine::Error> refresh_volumes(Ref<Kubelet> kubelet, Ref<Sandbox> sandbox, Value pod,
                                    Sources sources) {
  engine::Error first;
  const Value volumes = pod["spec"]["volumes"];
  for (const Value& volume : volumes.items()) {
    const std::string name(volume["name"].text());
    const auto at = sandbox->volumes.find(name);
    if (!is_written_by_kubelet(volume) || at == sandbox->volumes.end()) continue;
    const Ref<Volume> made = at->second;
    const Files before = sandbox->files[name];
    const Filled filled = co_await contents_of(kubelet, pod, volume, sources, before);
    if (!filled.error) {
      write_files(*made, sandbox->files[name], filled.files);
    } else if (!first) {
      first = mount_error(name, filled.error);
    }
  }
  co_return first;
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
