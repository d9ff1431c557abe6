// Where a story's steps belong in a history: locate_story() of session.h.

#include <algorithm>

#include "engine/view/view.h"
#include "sim/scenario/session.h"

namespace sim::scenario {
namespace {

using engine::EventKind;

// What happened in one step, in the terms that triggers speak of.
struct StepFacts {
  uint64_t position = 0;
  engine::Instant now;
  bool at_start = false;
  bool at_end = false;
  bool deadlock = false;
  bool panic = false;
  std::string printed;  // lines of output that this step completed or added to
  struct TaskEvent {
    std::string name;
    GoroutineEvent event;
    std::string wait_reason;
  };
  std::vector<TaskEvent> tasks;
  std::vector<std::string> dead_nodes;
};

struct Applies {
  const StepFacts& facts;

  bool operator()(const OnStart&) const { return facts.at_start; }
  bool operator()(const OnEnd&) const { return facts.at_end; }
  bool operator()(const OnDeadlock&) const { return facts.deadlock; }
  bool operator()(const OnPanic&) const { return facts.panic; }
  bool operator()(const AtStep& at) const { return facts.position >= at.step; }
  bool operator()(const AtInstant& at) const { return facts.now.ns >= at.at_ns; }
  bool operator()(const OnPrint& print) const {
    return facts.printed.find(print.text) != std::string::npos;
  }
  bool operator()(const OnGoroutine& on) const {
    return std::any_of(facts.tasks.begin(), facts.tasks.end(), [&](const auto& task) {
      return task.event == on.event && name_matches(on.name, task.name) &&
             (on.wait_reason.empty() || on.wait_reason == task.wait_reason);
    });
  }
  bool operator()(const OnNodeDeath& death) const {
    return std::any_of(facts.dead_nodes.begin(), facts.dead_nodes.end(),
                       [&](const std::string& node) { return name_matches(death.node, node); });
  }
};

class Watcher {
 public:
  Watcher(const engine::Run& run, const Topology& topology) : run_(run), topology_(topology) {}

  StepFacts facts(bool at_start) {
    StepFacts facts;
    const engine::World& world = run_.world();
    facts.position = run_.steps();
    facts.now = run_.now();
    facts.at_start = at_start;
    facts.at_end = run_.end() != engine::RunEnd::kNotYet;
    const uint64_t events = world.state().events();
    bool spawned = false;
    world.trace().for_each(seen_, events, [&](const engine::TraceLog::Placed& placed) {
      spawned = spawned || placed.event.kind == EventKind::kSpawn;
      return !spawned;
    });
    if (spawned) names_.learn(engine::look(world));
    world.trace().for_each(seen_, events, [&](const engine::TraceLog::Placed& placed) {
      note(placed.event, facts);
      return true;
    });
    seen_ = events;
    world.output().for_each_of(facts.position, [&](const engine::OutputLog::Chunk&,
                                                   std::string_view text) { line_ += text; });
    facts.printed = line_;
    const size_t last_line = line_.rfind('\n');
    if (last_line != std::string::npos) line_.erase(0, last_line + 1);
    return facts;
  }

 private:
  void note(const engine::Event& event, StepFacts& facts) {
    const auto add = [&](GoroutineEvent kind, std::string_view reason) {
      facts.tasks.push_back({names_.task(event.subject), kind, std::string(reason)});
    };
    switch (event.kind) {
      case EventKind::kSpawn:
        add(GoroutineEvent::starts, {});
        break;
      case EventKind::kPark:
        add(GoroutineEvent::blocks,
            engine::wait_reason_text(static_cast<engine::WaitReason>(event.aux)));
        break;
      case EventKind::kSleep:
        add(GoroutineEvent::blocks, engine::wait_reason_text(engine::WaitReason::kSleep));
        break;
      case EventKind::kTaskEnd:
        add(GoroutineEvent::ends, {});
        break;
      case EventKind::kQuiescence:
        facts.deadlock = true;
        break;
      case EventKind::kPanic:
        facts.panic = true;
        break;
      case EventKind::kNodeCrash:
        // Machines are numbered from 1 in the order of the file.
        if (event.subject <= topology_.nodes.size()) {
          facts.dead_nodes.push_back(topology_.nodes[event.subject - 1].name);
        }
        break;
      default:
        break;
    }
  }

  const engine::Run& run_;
  const Topology& topology_;
  engine::EventNames names_;
  uint64_t seen_ = 0;
  std::string line_;
};

}  // namespace

std::vector<StoryPlace> locate_story(const RunSpec& spec, uint64_t max_steps) {
  std::vector<StoryPlace> places;
  engine::WorldOptions world;
  world.trace_budget_bytes = size_t{4} << 20;
  const auto run = start(spec, world);
  Watcher watcher(*run, spec.scenario.topology);
  const auto& story = spec.scenario.story;
  size_t next = 0;
  bool at_start = true;
  // A step is looked for from where the one before it was found; one that never comes is passed
  // over when a later one applies.
  do {
    const StepFacts facts = watcher.facts(at_start);
    at_start = false;
    for (size_t i = next; i < story.size(); ++i) {
      if (!std::visit(Applies{facts}, story[i].when)) continue;
      places.push_back({i, facts.position});
      next = i + 1;
      break;
    }
  } while (next < story.size() && run->steps() < max_steps && run->step());
  return places;
}

}  // namespace sim::scenario
