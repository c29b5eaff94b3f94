//! What a user can do, without the keys that do it (see [`super::keys`]).

/// Something the user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Opens what is selected: folds or unfolds a row, picks a session, shows a
    /// log record whole.
    Toggle,
    /// Unfolds a step.
    Unfold,
    /// Folds a step; on a row that has nothing to fold, goes to the row above it
    /// in the hierarchy.
    Fold,
    /// Folds all turns, or unfolds them again.
    FoldAll,
    /// To the other pane.
    NextPane,
    /// Half the time on the axis.
    ZoomIn,
    /// Twice the time on the axis.
    ZoomOut,
    /// The whole call on the axis.
    ZoomAll,
    /// The selected row on the axis.
    ZoomSelection,
    /// The axis to earlier times.
    PanLeft,
    /// The axis to later times.
    PanRight,
    /// To the next error.
    NextError,
    /// To the error before.
    PreviousError,
    /// To the next interruption.
    NextInterruption,
    /// To the interruption before.
    PreviousInterruption,
    /// To the slowest reply, then the next slower ones.
    NextSlow,
    /// To the reply that is slower than this one.
    PreviousSlow,
    /// To the next tool call.
    NextTool,
    /// To the tool call before.
    PreviousTool,
    /// Shows or hides the log records.
    Logs,
    /// Shows or hides the details.
    Detail,
    /// Starts to type a search.
    Search,
    /// Starts to type a filter.
    Filter,
    /// To the next hit.
    NextHit,
    /// To the hit before.
    PreviousHit,
    /// Shows or hides the help.
    Help,
    /// A step back.
    Back,
    /// Leaves.
    Quit,
    /// Leaves at once, whatever is open.
    Interrupt,
    /// A typed character of a search or filter.
    Type(char),
    /// Takes the last typed character back.
    Erase,
    /// Takes all typed characters back.
    EraseAll,
    /// Runs what was typed.
    Submit,
    /// The terminal has a new size.
    Resize(u16, u16),
}
