// tests/k8s/workloads_controller_test.cpp: controllers of workloads beside a real API server.
//
// What a kubelet would do is done by a coroutine: pods that were created run and are ready a second
// later; pods of jobs succeed, but those of the image bad:1.

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/sync/timer.h"
#include "sim/json/parse.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/workloads.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;

Value json(std::string_view text) {
  return sim::json::parse(text).value;
}

Task<Error> play_kubelet(RestClient client, Informer pods, std::string key) {
  const Value pod = pods.get(key);
  if (!pod || phase_of(pod) != "Pending" || is_being_deleted(pod)) co_return nullptr;
  co_await sleep_for(kSecond);
  const bool ends = pod["spec"]["restartPolicy"].text() == "Never";
  const bool fails = pod["spec"]["containers"][0]["image"].text() == "bad:1";
  const std::string_view phase = !ends ? "Running" : fails ? "Failed" : "Succeeded";
  Value changed = pod.with_in({"status", "phase"}, phase);
  if (!ends) changed = with_condition(changed, {"Ready", "True"}, "2026-01-01T00:00:05Z");
  const ObjectResult written = co_await client.update(background(), kPods, changed, "status");
  co_return is_not_found(written.error) ? Error() : written.error;
}

using Controller = Task<> (*)(ControllerContext, Context);

// Runs controllers and what plays the kubelet. Suspends until they follow the server.
Task<> run_controllers(RestClient client, std::vector<Controller> controllers) {
  co_await sleep_for(kSecond);  // the server has to listen first
  const Value account = new_object({"v1", "ServiceAccount"}, "default", "default");
  const ObjectResult made =
      co_await client.create(background(), kServiceAccounts, "default", account);
  if (made.error) println(made.error);
  ControllerContext shared{client, InformerFactory(client),
                           EventRecorder(client, EventRecorder::Source("controller-manager"))};
  const Informer pods = shared.informers.of(kPods);
  const WorkQueue queue("kubelet");
  InformerHandlers handlers;
  handlers.added = [queue](const Value& pod) { queue.add(key_of(pod)); };
  pods.add_handlers(std::move(handlers));
  run_workers(queue, 20, [client, pods](std::string key) {
    return play_kubelet(client, pods, std::move(key));
  });
  for (const Controller controller : controllers) go(controller, shared, background());
  go([events = shared.events]() -> Task<> { co_await events.run(background()); });
  co_await sleep_for(kMillisecond);
  shared.informers.start(background());
  co_await shared.informers.wait_for_sync();
}

Task<> create(RestClient client, Resource resource, std::string_view text) {
  const Value object = json(text);
  const ObjectResult made = co_await client.create(background(), resource, "default", object);
  if (made.error) println("create:", made.error);
}
Task<> patch(RestClient client, Resource resource, std::string name, std::string_view text) {
  const ObjectKey key = split_key("default/" + name);
  RestClient::Patch change(PatchType::kMerge, json(text));
  const ObjectResult made = co_await client.patch(background(), resource, key, change);
  if (made.error) println("patch:", made.error);
}
Task<Value> get(RestClient client, Resource resource, std::string name) {
  const ObjectResult got = co_await client.get(background(), resource, "default", name);
  if (got.error) println("get:", got.error);
  co_return got.object;
}
Task<std::vector<Value>> list(RestClient client, Resource resource) {
  const ListResult all = co_await client.list(background(), resource, "default", {});
  if (all.error) println("list:", all.error);
  co_return all.items;
}

// Messages of events that begin so, in the order of their names, which is that of time.
Task<> print_events(RestClient client, std::string beginning) {
  const std::vector<Value> events = co_await list(client, kEvents);
  for (const Value& event : events) {
    const std::string_view message = event["message"].text();
    if (message.starts_with(beginning)) println(message);
  }
}

constexpr std::string_view kWeb = R"({"apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "web"},
  "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}},
      "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}})";

void print_status(const Value& object, std::initializer_list<std::string_view> fields) {
  std::string line;
  for (const std::string_view field : fields) {
    line += std::string(field) + "=";
    append_operand(line, object["status"][field].integer());
    line += ' ';
  }
  println(line);
}

Task<> print_sets(RestClient client) {
  std::vector<Value> sets = co_await list(client, kReplicaSets);
  std::stable_sort(sets.begin(), sets.end(), is_older);
  for (const Value& set : sets) {
    println(set["spec"]["template"]["spec"]["containers"][0]["image"].text(),
            set["spec"]["replicas"].integer(), set["status"]["readyReplicas"].integer(),
            annotation_of(set, "deployment.kubernetes.io/revision"));
  }
}

Task<> rollout() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_deployment, run_replica_set};
  co_await run_controllers(client, controllers);
  co_await create(client, kDeployments, kWeb);
  co_await sleep_for(5 * kSecond);
  Value web = co_await get(client, kDeployments, "web");
  print_status(web, {"replicas", "readyReplicas", "availableReplicas", "updatedReplicas"});
  println(condition_of(web, "Progressing")["reason"].text());
  constexpr std::string_view kImage = R"({"spec": {"template": {"spec": {"containers": [)"
                                      R"({"name": "web", "image": "web:2"}]}}}})";
  co_await patch(client, kDeployments, "web", kImage);
  co_await sleep_for(20 * kSecond);
  co_await print_sets(client);
  co_await patch(client, kDeployments, "web", R"({"spec": {"replicas": 5}})");
  co_await sleep_for(5 * kSecond);
  web = co_await get(client, kDeployments, "web");
  print_status(web, {"replicas", "readyReplicas", "availableReplicas", "updatedReplicas"});
  println(annotation_of(web, "deployment.kubernetes.io/revision"));
  const std::vector<Value> events = co_await list(client, kEvents);
  for (const Value& event : events) {
    // The names of sets are hashes; what is told of them ends in numbers.
    const std::string_view message = event["message"].text();
    if (event["reason"].text() == "ScalingReplicaSet") {
      const std::string_view verb = message.substr(0, message.find(" replica"));
      println(verb, message.substr(message.find(" from ") + 1));
    }
  }
}

constexpr std::string_view kDb = R"({"apiVersion": "apps/v1", "kind": "StatefulSet",
  "metadata": {"name": "db"},
  "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
    "template": {"metadata": {"labels": {"app": "db"}},
      "spec": {"containers": [{"name": "db", "image": "db:1"}]}},
    "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec":
      {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}})";

Task<> print_pods(RestClient client) {
  const std::vector<Value> pods = co_await list(client, kPods);
  for (const Value& pod : pods) {
    println(name_of(pod), pod["spec"]["containers"][0]["image"].text(), phase_of(pod));
  }
}

Task<> stateful() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_stateful_set};
  co_await run_controllers(client, controllers);
  co_await create(client, kStatefulSets, kDb);
  co_await sleep_for(500 * kMillisecond);
  co_await print_pods(client);
  co_await sleep_for(4 * kSecond);
  co_await print_pods(client);
  constexpr std::string_view kImage = R"({"spec": {"template": {"spec": {"containers": [)"
                                      R"({"name": "db", "image": "db:2"}]}}}})";
  co_await patch(client, kStatefulSets, "db", kImage);
  co_await sleep_for(500 * kMillisecond);
  co_await print_pods(client);
  co_await sleep_for(8 * kSecond);
  co_await print_pods(client);
  const Value db = co_await get(client, kStatefulSets, "db");
  print_status(db, {"replicas", "readyReplicas", "currentReplicas", "updatedReplicas"});
  println(db["status"]["currentRevision"] == db["status"]["updateRevision"]);
  co_await patch(client, kStatefulSets, "db", R"({"spec": {"replicas": 1}})");
  co_await sleep_for(3 * kSecond);
  co_await print_pods(client);
  const std::vector<Value> claims = co_await list(client, kPersistentVolumeClaims);
  for (const Value& claim : claims) println(name_of(claim));
  const std::vector<Value> revisions = co_await list(client, kControllerRevisions);
  println(revisions.size(), "revisions");
  co_await print_events(client, "delete Pod");
}

Task<> daemons() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_daemon_set};
  co_await run_controllers(client, controllers);
  co_await create(client, kNodes, R"({"metadata": {"name": "n1"}})");
  co_await create(client, kNodes, R"({"metadata": {"name": "n2"}})");
  constexpr std::string_view kAgent = R"({"apiVersion": "apps/v1", "kind": "DaemonSet",
    "metadata": {"name": "agent"},
    "spec": {"selector": {"matchLabels": {"app": "agent"}},
      "template": {"metadata": {"labels": {"app": "agent"}},
        "spec": {"containers": [{"name": "agent", "image": "agent:1"}]}}}})";
  co_await create(client, kDaemonSets, kAgent);
  co_await sleep_for(3 * kSecond);
  co_await create(client, kNodes, R"({"metadata": {"name": "n3"}})");
  co_await sleep_for(3 * kSecond);
  Value agent = co_await get(client, kDaemonSets, "agent");
  print_status(agent, {"desiredNumberScheduled", "numberReady", "updatedNumberScheduled"});
  constexpr std::string_view kImage = R"({"spec": {"template": {"spec": {"containers": [)"
                                      R"({"name": "agent", "image": "agent:2"}]}}}})";
  co_await patch(client, kDaemonSets, "agent", kImage);
  co_await sleep_for(kSecond);
  agent = co_await get(client, kDaemonSets, "agent");
  print_status(agent, {"numberUnavailable", "updatedNumberScheduled"});
  co_await sleep_for(10 * kSecond);
  agent = co_await get(client, kDaemonSets, "agent");
  print_status(agent, {"desiredNumberScheduled", "numberReady", "updatedNumberScheduled"});
}

Task<> jobs() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_job, run_ttl_after_finished, run_cron_job};
  co_await run_controllers(client, controllers);
  std::string text = R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"},
    "spec": {"completions": 5, "parallelism": 2, "completionMode": "Indexed",
      "ttlSecondsAfterFinished": 20,
      "template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "main", "image": "work:1"}]}}}})";
  co_await create(client, kJobs, text);
  co_await sleep_for(15 * kSecond);
  const Value work = co_await get(client, kJobs, "work");
  print_status(work, {"active", "succeeded", "failed"});
  println(work["status"]["completedIndexes"].text(), condition_is_true(work, "Complete"),
          work["status"]["uncountedTerminatedPods"].to_json());
  const std::vector<Value> pods = co_await list(client, kPods);
  println(pods.size(), "pods");
  for (const Value& pod : pods) {
    if (metadata(pod)["finalizers"].size() > 0) println("finalizer of", name_of(pod));
  }
  std::string cron = R"({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
    "spec": {"schedule": "* * * * *", "successfulJobsHistoryLimit": 1,
      "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "main", "image": "tick:1"}]}}}}}})";
  co_await create(client, kCronJobs, cron);
  co_await sleep_for(160 * kSecond);  // two minutes begin
  const std::vector<Value> left = co_await list(client, kJobs);
  for (const Value& job : left) {
    // One that is being deleted waits for the garbage collector, which does not run here.
    println(name_of(job), condition_is_true(job, "Complete"), is_being_deleted(job));
  }
  const Value tick = co_await get(client, kCronJobs, "tick");
  println(tick["status"]["lastScheduleTime"].text(), tick["status"]["active"].size());
  co_await print_events(client, "Created job");
}

Task<> recreation() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_deployment, run_replica_set};
  co_await run_controllers(client, controllers);
  co_await create(client, kDeployments, kWeb);
  // A finalizer keeps a pod for some time after it has been deleted.
  co_await sleep_for(3 * kSecond);
  const std::vector<Value> pods = co_await list(client, kPods);
  const std::string held(name_of(pods.front()));
  co_await patch(client, kPods, held, R"({"metadata": {"finalizers": ["test/hold"]}})");
  co_await patch(client, kDeployments, "web", R"({"spec": {"paused": true, "strategy":
      {"type": "Recreate", "rollingUpdate": null}, "template": {"spec": {"containers":
      [{"name": "web", "image": "web:2"}]}}}})");
  co_await sleep_for(3 * kSecond);
  co_await print_sets(client);
  const Value web = co_await get(client, kDeployments, "web");
  println(condition_of(web, "Progressing")["reason"].text());
  co_await patch(client, kDeployments, "web", R"({"spec": {"paused": false}})");
  co_await sleep_for(3 * kSecond);
  co_await print_sets(client);
  co_await patch(client, kPods, held, R"({"metadata": {"finalizers": null}})");
  co_await sleep_for(3 * kSecond);
  co_await print_sets(client);
}

Task<> failures() {
  const RestClient client = support::api_client();
  std::vector<Controller> controllers = {run_job};
  co_await run_controllers(client, controllers);
  std::string text = R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "bad"},
    "spec": {"backoffLimit": 2, "template": {"spec": {"restartPolicy": "Never",
      "containers": [{"name": "main", "image": "bad:1"}]}}}})";
  co_await create(client, kJobs, text);
  for (int i = 0; i < 5; ++i) {
    co_await sleep_for(10 * kSecond);
    const Value bad = co_await get(client, kJobs, "bad");
    print_status(bad, {"active", "failed"});
  }
  const Value bad = co_await get(client, kJobs, "bad");
  for (const Value& condition : bad["status"]["conditions"].items()) {
    println(condition["type"].text(), condition["reason"].text());
  }
  // A job that is gone leaves no pods that cannot be deleted.
  std::string slow = R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "slow"},
    "spec": {"suspend": false, "template": {"spec": {"restartPolicy": "OnFailure",
      "containers": [{"name": "main", "image": "slow:1"}]}}}})";
  co_await create(client, kJobs, slow);
  co_await sleep_for(3 * kSecond);
  const ObjectKey key = split_key("default/slow");
  const Error error = co_await client.remove(background(), kJobs, key);
  if (error) println(error);
  co_await sleep_for(3 * kSecond);
  const std::vector<Value> pods = co_await list(client, kPods);
  for (const Value& pod : pods) println(phase_of(pod), metadata(pod)["finalizers"].size());
}

support::ApiTestOptions for_minutes(int64_t minutes) {
  support::ApiTestOptions options;
  options.length = minutes * 60 * kSecond;
  return options;
}

}  // namespace

TEST_CASE("A deployment rolls out, and scales, beside an API server") {
  // A quarter of three: one pod too many, none too few.
  const std::string_view expected =
      "replicas=3 readyReplicas=3 availableReplicas=3 updatedReplicas=3 \n"
      "NewReplicaSetAvailable\n"
      "web:1 0 0 1\n"
      "web:2 3 3 2\n"
      "replicas=5 readyReplicas=5 availableReplicas=5 updatedReplicas=5 \n"
      "2\n"
      "Scaled up from 0 to 3\n"
      "Scaled up from 0 to 1\n"
      "Scaled down from 3 to 2\n"
      "Scaled up from 1 to 2\n"
      "Scaled down from 2 to 1\n"
      "Scaled up from 2 to 3\n"
      "Scaled down from 1 to 0\n"
      "Scaled up from 3 to 5\n";
  support::ApiTestOptions options = for_minutes(2);
  CHECK(support::with_api_server(rollout, options) == expected);
  options.run.policy = Policy::kRandom;
  CHECK(support::with_api_server(rollout, options) == expected);
}

TEST_CASE("A StatefulSet starts, updates and shrinks in order, beside an API server") {
  CHECK(support::with_api_server(stateful, for_minutes(2)) ==
        "db-0 db:1 Pending\n"
        "db-0 db:1 Running\n"
        "db-1 db:1 Running\n"
        "db-0 db:1 Running\n"
        "db-1 db:2 Pending\n"
        "db-0 db:2 Running\n"
        "db-1 db:2 Running\n"
        "replicas=2 readyReplicas=2 currentReplicas=2 updatedReplicas=2 \n"
        "true\n"
        "db-0 db:2 Running\n"
        "data-db-0\n"
        "data-db-1\n"
        "2 revisions\n"
        "delete Pod db-1 in StatefulSet db successful\n"
        "delete Pod db-0 in StatefulSet db successful\n");
}

TEST_CASE("A DaemonSet follows nodes and updates one after the other, beside an API server") {
  CHECK(support::with_api_server(daemons, for_minutes(2)) ==
        "desiredNumberScheduled=3 numberReady=3 updatedNumberScheduled=3 \n"
        "numberUnavailable=1 updatedNumberScheduled=1 \n"
        "desiredNumberScheduled=3 numberReady=3 updatedNumberScheduled=3 \n");
}

TEST_CASE("Jobs are counted, cleaned up and started on time, beside an API server") {
  CHECK(support::with_api_server(jobs, for_minutes(5)) ==
        "active=0 succeeded=5 failed=0 \n"
        "0-4 true {}\n"
        "5 pods\n"
        "tick-29453762 true false\n"
        "work true true\n"
        "2026-01-01T00:02:00Z 0\n"
        "Created job tick-29453761\n"
        "Created job tick-29453762\n");
}

TEST_CASE("A deployment that recreates waits for all old pods to go, beside an API server") {
  CHECK(support::with_api_server(recreation, for_minutes(2)) ==
        "web:1 3 3 1\nDeploymentPaused\n"
        "web:1 0 0 1\n"
        "web:1 0 0 1\nweb:2 3 3 2\n");
}

TEST_CASE("A job that fails backs off and gives up, beside an API server") {
  // The second pod comes after ten seconds, the third after twenty more.
  CHECK(support::with_api_server(failures, for_minutes(2)) ==
        "active=1 failed=1 \nactive=0 failed=2 \nactive=1 failed=2 \n"
        "active=0 failed=3 \nactive=0 failed=3 \n"
        "FailureTarget BackoffLimitExceeded\nFailed BackoffLimitExceeded\n"
        "Failed 0\nFailed 0\nFailed 0\nRunning 0\n");
}
