#include "tests/k8s/explore/case.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "engine/world/hash.h"

namespace explore {
namespace {

constexpr int64_t kFirstActMs = 40'000;
constexpr int64_t kActsMs = 150'000;

class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(engine::combine(0x6b38735f6578706cU, seed)) {}
  int64_t below(int64_t n) {
    state_ = engine::mix64(state_ + 0x9e3779b97f4a7c15U);
    return static_cast<int64_t>(state_ % static_cast<uint64_t>(n));
  }
  int64_t from_to(int64_t first, int64_t last) { return first + below(last - first + 1); }
  bool one_in(int64_t n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

constexpr std::string_view kTolerations =
    "[{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: "
    "20}, {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, "
    "tolerationSeconds: 20}]";

std::string pod_template(std::string_view app, int64_t cpu_milli, int64_t warm_up_ms) {
  return fmt::format(R"(  selector: {{matchLabels: {{app: {0}}}}}
  template:
    metadata: {{labels: {{app: {0}}}}}
    spec:
      terminationGracePeriodSeconds: 8
      tolerations: {1}
      containers:
      - name: main
        image: orrery/web-app:1
        env: [{{name: WARM_UP_MS, value: "{2}"}}, {{name: VERSION, value: v1}}]
        resources: {{requests: {{cpu: {3}m, memory: 64Mi}}}}
        readinessProbe: {{httpGet: {{path: /ready, port: 8080}}, periodSeconds: 5}}
)",
                     app, kTolerations, warm_up_ms, cpu_milli);
}

// Numbers and shares, never both zero.
std::string rolling_update(Draw& draw) {
  constexpr std::string_view kAmounts[] = {"0", "1", "2", "25%", "50%"};
  const int64_t surge = draw.below(5);
  const int64_t unavailable = draw.from_to(surge == 0 ? 1 : 0, 4);
  return fmt::format("  strategy: {{rollingUpdate: {{maxSurge: {}, maxUnavailable: {}}}}}\n",
                     kAmounts[surge], kAmounts[unavailable]);
}

std::string deployment(std::string_view name, int64_t replicas, Draw& draw) {
  std::string out = fmt::format(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {}}}\nspec:\n  replicas: {}\n",
      name, replicas);
  out += draw.one_in(5) ? std::string("  strategy: {type: Recreate}\n") : rolling_update(draw);
  return out + pod_template(name, draw.from_to(1, 3) * 100, draw.below(3) * 2000) + "---\n";
}

std::string budget(std::string_view name, std::string_view demand) {
  return fmt::format(
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {0}}}\n"
      "spec: {{{1}, selector: {{matchLabels: {{app: {0}}}}}}}\n---\n",
      name, demand);
}

std::string service(std::string_view name, std::string_view more) {
  return fmt::format(
      "apiVersion: v1\nkind: Service\nmetadata: {{name: {0}}}\nspec: {{{1}selector: "
      "{{app: {0}}}, ports: [{{port: 80, targetPort: 8080}}]}}\n---\n",
      name, more);
}

std::string manifests(Draw& draw, const DrawOptions& options) {
  std::string out = deployment("web", draw.from_to(2, 5), draw);
  if (draw.one_in(2)) out += deployment("api", draw.from_to(1, 3), draw);
  out += service("web", "");
  constexpr std::string_view kDemands[] = {"minAvailable: 1", "maxUnavailable: 1",
                                           "minAvailable: 50%", "maxUnavailable: 34%"};
  out += budget("web", kDemands[draw.below(4)]);
  out += fmt::format(
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n"
      "  serviceName: db\n  replicas: {}\n{}",
      draw.from_to(2, 3), options.parallel_set ? "  podManagementPolicy: Parallel\n" : "");
  out += pod_template("db", 200, draw.below(3) * 2000) + "---\n";
  out += service("db", "clusterIP: None, ") + budget("db", "maxUnavailable: 1");
  if (draw.one_in(2)) {
    out += "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec:\n" +
           pod_template("agent", 100, 0) + "---\n";
  }
  out += "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: counter}\ndata: {n: \"0\"}\n";
  return out;
}

std::string node_name(int64_t number) {
  return fmt::format("node-{}", number);
}

// What goes wrong.
Act fault(Draw& draw, const Case& c) {
  Act act;
  const std::string node = node_name(draw.from_to(1, c.workers));
  const std::string any = draw.one_in(5) ? "cp" : node;
  act.length_ms = draw.one_in(3) ? draw.from_to(45, 110) * 1000 : draw.from_to(1, 40) * 1000;
  switch (draw.below(7)) {
    case 0:
      act.verb = "crash";
      act.a = any;
      break;
    case 1:
    case 2:
      act.verb = draw.one_in(3) ? "partition-from" : "partition";
      act.a = draw.one_in(2) ? std::string("cp") : node;
      act.b = act.a == "cp" ? node : std::string("cp");
      break;
    case 3:
      act.verb = draw.one_in(3) ? "partition-from" : "partition";
      act.a = node;
      act.b = node_name(draw.from_to(1, c.workers));
      if (act.a == act.b) act.b = "cp";
      break;
    case 4:
      act.verb = "slow";
      act.a = "cp";
      act.b = node;
      break;
    default: {
      constexpr std::string_view kPrograms[] = {"kubelet", "kube-controller-manager",
                                                "kube-scheduler", "kube-apiserver", "kube-proxy"};
      act.verb = "kill";
      act.b = kPrograms[draw.below(5)];
      act.a = act.b == "kubelet" || act.b == "kube-proxy" ? any : std::string("cp");
      if (c.two_managers && act.b.ends_with("r") && act.b != "kube-apiserver" && draw.one_in(2)) {
        act.a = "cp-2";
      }
      act.length_ms = 0;
    }
  }
  return act;
}

// What a client does.
Act action(Draw& draw, const Case& c) {
  constexpr std::string_view kApps[] = {"web", "web", "db", "api", "agent"};
  const auto app = [&](int64_t among) { return std::string(kApps[draw.below(among)]); };
  Act act;
  switch (draw.below(7)) {
    case 0:
    case 1:
      act.verb = "change";
      act.a = app(5);
      act.b = fmt::format("v{}", draw.from_to(2, 9));
      break;
    case 2:
      act.verb = "scale";
      act.a = app(4);
      act.b = fmt::format("{}", draw.from_to(1, act.a == "web" ? 6 : 3));
      break;
    case 3:
      act.verb = "delete";
      act.a = app(5);
      act.b = fmt::format("{}", draw.below(6));
      break;
    case 4:
      act.verb = "evict";
      act.a = app(3);
      act.b = fmt::format("{}", draw.below(6));
      break;
    case 5:
      act.verb = draw.one_in(3) ? "cordon" : "drain";
      act.a = node_name(draw.from_to(1, c.workers));
      act.length_ms = draw.from_to(10, 60) * 1000;
      break;
    default:
      act.verb = "job";
      act.a = fmt::format("job-{}", draw.below(1000));
  }
  return act;
}

std::string nodes_text(const Case& c) {
  std::string out = "{name: cp, cores: 2, memory: 4Gi}";
  if (c.two_managers) out += ", {name: cp-2, cores: 2, memory: 4Gi}";
  for (int i = 1; i <= c.workers; ++i) {
    out += fmt::format(", {{name: {}, cores: 2, memory: 4Gi}}", node_name(i));
  }
  return out + ", {name: client, cores: 2, memory: 1Gi}";
}

// Links that acts make slow are declared, so that each has options of its own.
std::string links_text(const Case& c) {
  std::string out;
  for (int i = 1; i <= c.workers; ++i) {
    out += fmt::format("{}{{between: [cp, {}]}}", i == 1 ? "" : ", ", node_name(i));
  }
  return out;
}

}  // namespace

bool Act::is_action() const {
  for (const std::string_view word :
       {"change", "scale", "delete", "evict", "cordon", "drain", "job", "force-delete"}) {
    if (verb == word) return true;
  }
  return false;
}

std::string Act::text() const {
  std::string out = fmt::format("{}ms {} {}", at_ms, verb, a);
  if (!b.empty()) out += " " + b;
  if (length_ms > 0) out += fmt::format(" for {}ms", length_ms);
  return out;
}

int64_t Case::busy_until_ms() const {
  int64_t out = kFirstActMs;
  for (const Act& act : acts) out = std::max(out, act.at_ms + act.length_ms);
  return out;
}

std::string Case::text() const {
  std::string out =
      fmt::format("workers={} managers={} dns={}", workers, two_managers ? 2 : 1, dns);
  for (const Act& act : acts) out += "\n  " + act.text();
  return out;
}

Case draw_case(uint64_t seed, const DrawOptions& options) {
  Draw draw(seed);
  Case c;
  c.seed = seed;
  c.workers = static_cast<int>(draw.from_to(2, 5));
  c.two_managers = draw.one_in(3);
  c.dns = draw.one_in(4);
  c.manifests = manifests(draw, options);
  for (int i = 0; i < 2 * options.faults; ++i) {
    Act act = i % 2 == 0 ? fault(draw, c) : action(draw, c);
    act.at_ms = kFirstActMs + draw.below(kActsMs);
    c.acts.push_back(std::move(act));
  }
  std::stable_sort(c.acts.begin(), c.acts.end(),
                   [](const Act& x, const Act& y) { return x.at_ms < y.at_ms; });
  return c;
}

sim::scenario::Scenario scenario_of(const Case& c) {
  std::string text = "title: Exploration\n";
  text += fmt::format("topology:\n  nodes: [{}]\n  links: [{}]\n", nodes_text(c), links_text(c));
  text += fmt::format("kubernetes: {{control_plane: [cp{}], outside: [client], addons: [{}]}}\n",
                      c.two_managers ? ", cp-2" : "", c.dns ? "dns" : "");
  text += "manifests:\n- |\n";
  for (size_t at = 0; at < c.manifests.size();) {
    const size_t end = c.manifests.find('\n', at);
    text += "  " + c.manifests.substr(at, end - at) + "\n";
    at = end + 1;
  }
  sim::scenario::Parsed parsed = sim::scenario::parse("explore.yaml", text);
  if (parsed.ok()) return std::move(parsed.value());
  std::fprintf(stderr, "%s\n%s\n", text.c_str(),
               sim::scenario::format_problems(parsed.error()).c_str());
  std::abort();
}

}  // namespace explore
