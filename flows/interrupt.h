// Interrupts: SIGINT, SIGTERM and SIGHUP end a command by an exception, so that temporary files go
// and running tools are killed on the way out.
#pragma once

namespace cimforge::flows {

/// Turns SIGINT, SIGTERM and SIGHUP into a flag; a signal that is ignored (nohup) stays ignored. A
/// third signal ends the program at once, for loops that never look.
void install_interrupt_handlers();

/// Whether a signal has come.
bool interrupted();

/// Throws base::CommandError(ExitStatus::interrupted) once a signal has come; called by long loops.
void throw_if_interrupted();

/// A descriptor that becomes readable once a signal has come, and stays so: for poll(). Never read
/// from it.
int interrupt_descriptor();

/// What a signal does; may be called from a signal handler and from any thread.
void request_interrupt();

/// Forgets an interrupt; only for tests, while nothing waits.
void clear_interrupt();

}  // namespace cimforge::flows
