// tests/k8s/kubelet_volumes_test.cpp: volumes, environments, and what becomes of their changes.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> make_sources() {
  const Value map = new_object({"v1", "ConfigMap"}, "default", "settings")
                        .with("data", read("{'color':'blue','size':'big'}"));
  static_cast<void>(co_await clients().core_v1().config_maps("default").create(background(), map));
  const Value secret = new_object({"v1", "Secret"}, "default", "keys")
                           .with("data", read("{'password':'aHVudGVyMg=='}"));
  static_cast<void>(co_await clients().core_v1().secrets("default").create(background(), secret));
}

Task<> volumes() {
  co_await begin();
  co_await make_sources();
  const Value object = pod("p", R"({'containers':[{'name':'c','image':'box:1','command':['cat',
      '/settings/color','/picked/paint/it','/keys/password','/pod/labels','/pod/cpu',
      '/all/size','/all/name','/var/run/secrets/kubernetes.io/serviceaccount/namespace',
      '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt','/scratch/none'],
    'resources':{'limits':{'cpu':'1500m'},'requests':{'cpu':'100m'}},
    'volumeMounts':[{'name':'settings','mountPath':'/settings'},
      {'name':'picked','mountPath':'/picked/'},{'name':'keys','mountPath':'/keys'},
      {'name':'pod','mountPath':'/pod'},{'name':'all','mountPath':'/all'},
      {'name':'scratch','mountPath':'/scratch'}]}],
    'volumes':[{'name':'settings','configMap':{'name':'settings'}},
      {'name':'picked','configMap':{'name':'settings','items':[{'key':'color','path':'paint/it'}]}},
      {'name':'keys','secret':{'secretName':'keys'}},
      {'name':'pod','downwardAPI':{'items':[
        {'path':'labels','fieldRef':{'fieldPath':'metadata.labels'}},
        {'path':'cpu','resourceFieldRef':{'containerName':'c','resource':'limits.cpu'}}]}},
      {'name':'all','projected':{'sources':[{'configMap':{'name':'settings'}},
        {'secret':{'name':'keys'}},
        {'downwardAPI':{'items':[{'path':'name','fieldRef':{'fieldPath':'metadata.name'}}]}}]}},
      {'name':'scratch','emptyDir':{}}]})");
  co_await create(with_label(object, "app", "web"));
  co_await until(6);
  co_await show("p");
}

// Files in an emptyDir outlive a container, and are seen by its neighbours; those of the container
// do not.
Task<> shared() {
  co_await begin();
  co_await create(pod("p", R"({
    'initContainers':[{'name':'i','image':'box:1','command':['touch','/data/file'],
      'volumeMounts':[{'name':'d','mountPath':'/data'}]}],
    'containers':[{'name':'c','image':'box:1','command':['cat','/d2/file','/data/file'],
      'volumeMounts':[{'name':'d','mountPath':'/d2'}]}],
    'volumes':[{'name':'d','emptyDir':{}}]})"));
  co_await until(6);
}

Task<> environment() {
  co_await begin();
  co_await make_sources();
  co_await create(simple_pod("p", R"('command':['env','COLOR','X_size','password','POD','IP','HOST',
      'MEMORY','CPU','MIXED','NONE'],
    'resources':{'requests':{'memory':'32Mi'}},
    'envFrom':[{'configMapRef':{'name':'settings'},'prefix':'X_'},{'secretRef':{'name':'keys'}}],
    'env':[{'name':'COLOR','valueFrom':{'configMapKeyRef':{'name':'settings','key':'color'}}},
      {'name':'POD','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}},
      {'name':'IP','valueFrom':{'fieldRef':{'fieldPath':'status.podIP'}}},
      {'name':'HOST','valueFrom':{'fieldRef':{'fieldPath':'spec.nodeName'}}},
      {'name':'MEMORY','valueFrom':{'resourceFieldRef':{
        'resource':'requests.memory','divisor':'1Mi'}}},
      {'name':'CPU','valueFrom':{'resourceFieldRef':{'resource':'limits.cpu'}}},
      {'name':'MIXED','value':'$(POD)-$(COLOR)'},
      {'name':'NONE','valueFrom':{'secretKeyRef':{
        'name':'keys','key':'none','optional':true}}}])"));
  co_await create(simple_pod("q", R"('command':['sleep'],
    'env':[{'name':'A','valueFrom':{'configMapKeyRef':{'name':'settings','key':'none'}}}])"));
  co_await until(6);
  co_await show("q");
  co_await show_events("q");
}

Task<> missing() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['cat','/s/color'],
    'volumeMounts':[{'name':'s','mountPath':'/s'}])",
                             "'volumes':[{'name':'s','configMap':{'name':'settings'}}]"));
  co_await until(6);
  co_await show("p");
  co_await show_events("p");
  co_await make_sources();
  co_await until(16);
  co_await show("p");
}

Task<> refreshed() {
  co_await begin();
  co_await make_sources();
  co_await create(simple_pod("p", R"('command':['watch','/s/color'],
    'env':[{'name':'COLOR','valueFrom':{'configMapKeyRef':{'name':'settings','key':'color'}}}],
    'volumeMounts':[{'name':'s','mountPath':'/s'}])",
                             "'volumes':[{'name':'s','configMap':{'name':'settings'}}]"));
  co_await create(with_label(simple_pod("q", R"('command':['watch','/s/labels'],
    'volumeMounts':[{'name':'s','mountPath':'/s'}])",
                                        R"('volumes':[{'name':'s','downwardAPI':{'items':[
      {'path':'labels','fieldRef':{'fieldPath':'metadata.labels'}}]}}])"),
                             "a", "1"));
  co_await until(20);
  const Value map =
      new_object({"v1", "ConfigMap"}, "default", "settings").with("data", read("{'color':'red'}"));
  const ObjectResult put =
      co_await clients().core_v1().config_maps("default").update(background(), map);
  const ObjectResult got = co_await pods().get(background(), "q");
  const Value labelled = with_label(got.object, "a", "2");
  const ObjectResult changed = co_await pods().update(background(), labelled);
  println(put.error, changed.error);
  co_await until(100);
}

Task<> on_the_host() {
  co_await begin();
  co_await create(simple_pod("h", "'command':['web']", "'hostNetwork':true"));
  co_await create(
      simple_pod("m", "'command':['web'],'ports':[{'containerPort':8080,'hostPort':90}]"));
  co_await until(6);
  const ObjectResult got = co_await pods().get(background(), "h");
  const Value& status = got.object["status"];
  println(status["podIP"] == status["hostIP"]);
  const http::Client web_client;
  for (const char* url : {"http://n1:8080/", "http://n1:90/"}) {
    const http::RoundTrip trip = co_await web_client.get(url);
    const http::Body::All text = co_await trip.response.body.read_all();
    println(url, text.text, trip.error);
  }
  static_cast<void>(co_await pods().remove(background(), "m"));
  co_await until(10);
  const http::RoundTrip trip = co_await web_client.get("http://n1:90/");
  println(bool(trip.error));
}

}  // namespace

TEST_CASE("Volumes show ConfigMaps, Secrets, the pod itself, and the service account") {
  CHECK(with_kubelet(volumes) ==
        "/settings/color blue\n"
        "/picked/paint/it blue\n"
        "/keys/password hunter2\n"
        "/pod/labels app=\"web\"\n"
        "\n"
        "/pod/cpu 2\n"
        "/all/size big\n"
        "/all/name p\n"
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace default\n"
        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt root\n"
        "/scratch/none (no such file or directory)\n"
        "6 p Running ready c=running+ready\n");
}

TEST_CASE("The containers of a pod share its emptyDir") {
  CHECK(with_kubelet(shared) ==
        "/d2/file x\n"
        "/data/file (no such file or directory)\n");
}

TEST_CASE(
    "A container's environment comes from values, ConfigMaps, Secrets, the pod and its limits") {
  CHECK(with_kubelet(environment) ==
        "COLOR blue\n"
        "X_size big\n"
        "password hunter2\n"
        "POD p\n"
        "IP 10.128.3.2\n"
        "HOST n1\n"
        "MEMORY 32\n"
        "CPU 1\n"
        "MIXED p-blue\n"
        "NONE (unset)\n"
        "6 q Pending c=CreateContainerConfigError\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Failed 1 Error: couldn't find key none in ConfigMap default/settings\n");
}

TEST_CASE("A pod waits for a ConfigMap that does not exist") {
  CHECK(with_kubelet(missing) ==
        "6 p Pending c=ContainerCreating\n"
        "FailedMount 4 MountVolume.SetUp failed for volume \"s\" : configmap "
        "\"settings\" not found\n"
        "/s/color blue\n"
        "16 p Running ready c=running+ready\n");
}

TEST_CASE("A changed ConfigMap is in its volumes within a minute, changed labels at once") {
  CHECK(with_kubelet(refreshed) ==
        "2 /s/color blue\n"
        "2 /s/labels a=\"1\"\n"
        "\n"
        "<nil> <nil>\n"
        "20 /s/labels a=\"2\"\n"
        "\n"
        "62 /s/color red\n");
}

TEST_CASE("A pod may have its node's network, or some of its ports") {
  CHECK(with_kubelet(on_the_host) ==
        "true\n"
        "http://n1:8080/ hello <nil>\n"
        "http://n1:90/ hello <nil>\n"
        "true\n");
}
