// The shell and its tools, one program under many names: the first argument says which. As the
// first process of a container it ignores all signals but SIGKILL, as the kernel has it for a
// program that asks for none.

#include "sim/container/container.h"
#include "sim/node/signal.h"
#include "sim/shell/applet.h"
#include "sim/shell/interpreter.h"

namespace sim::programs {

using namespace engine;

Task<> busybox() {
  shell::Call call;
  call.words = current_process().args();
  if (!call.words.empty() && call.words[0] == "busybox") call.words.erase(call.words.begin());
  if (call.words.empty()) {
    println("BusyBox v1.37.0 (orrery) multi-call binary.");
    co_return;
  }
  call.session = Ref<shell::Session>(new shell::Session);
  const container::Container* const container = call.session->container;
  if (container != nullptr && container->first_process() == current_process().id()) {
    static_cast<void>(node::notify_signals({}));
  }
  call.input = call.session->input;
  call.out = shell::process_output();
  call.err = call.out;
  if (shell::find_applet(call.words[0]) == nullptr) {
    println(call.words[0] + ": applet not found");
    co_await os_exit(container::kCommandNotFound);
  }
  const int status = co_await shell::run_words(std::move(call));
  if (status != 0) co_await os_exit(status);
}

}  // namespace sim::programs
