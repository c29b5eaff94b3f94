//! Names of values: attributes with their scope, and intrinsics.

use super::Type;
use std::fmt;

/// Where a custom attribute is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// `.x`: the span, then its resource.
    Any,
    /// `span.x`.
    Span,
    /// `resource.x`.
    Resource,
    /// `event.x`: the span's events.
    Event,
    /// `link.x`: the span's links.
    Link,
    /// `instrumentation.x`: the instrumentation scope.
    Instrumentation,
}

impl Scope {
    /// The prefix with its dot.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Any => ".",
            Self::Span => "span.",
            Self::Resource => "resource.",
            Self::Event => "event.",
            Self::Link => "link.",
            Self::Instrumentation => "instrumentation.",
        }
    }
}

/// A value that has a name: an attribute of the data or an intrinsic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attr {
    /// An attribute.
    Custom {
        /// Where it is looked for.
        scope: Scope,
        /// Its key.
        name: Box<str>,
    },
    /// An intrinsic.
    Intrinsic(Intrinsic),
}

impl Attr {
    /// The static type; attributes have none before evaluation.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Custom { .. } => Type::Unknown,
            Self::Intrinsic(intrinsic) => intrinsic.ty(),
        }
    }

    /// Whether the value always exists, so that `= nil` makes no sense.
    #[must_use]
    pub fn always_there(&self) -> bool {
        match self {
            Self::Custom { scope, name } => *scope == Scope::Resource && &**name == "service.name",
            Self::Intrinsic(intrinsic) => !intrinsic.is_voice() || *intrinsic == Intrinsic::Op,
        }
    }
}

impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intrinsic(intrinsic) => f.write_str(intrinsic.name()),
            Self::Custom { scope, name } => {
                f.write_str(scope.prefix())?;
                let plain = !name.starts_with(|c: char| c.is_ascii_digit())
                    && !name.contains(|c: char| c == '"' || ends_name(c));
                if plain {
                    return f.write_str(name);
                }
                write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }
    }
}

/// Whether a character ends the plain part of an attribute's name.
#[must_use]
pub(crate) fn ends_name(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '{' | '}' | '(' | ')' | '=' | '~' | '!' | '<' | '>' | '&' | '|' | '^' | ',')
}

macro_rules! intrinsics {
    ($($variant:ident $ty:ident $name:literal $($short:literal)?;)*) => {
        /// A value that every span has by its nature, or that the session
        /// model knows of it. Names are those of Tempo and of DESIGN §5.2.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Intrinsic {
            $(
                #[doc = concat!("`", $name, "`.")]
                $variant,
            )*
        }

        impl Intrinsic {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, scoped where it has a scope.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The older name without scope, where there is one.
            #[must_use]
            pub fn short(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => intrinsics!(@short $($short)?),)*
                }
            }

            /// The static type.
            #[must_use]
            pub fn ty(self) -> Type {
                match self { $(Self::$variant => Type::$ty,)* }
            }
        }
    };
    (@short) => { None };
    (@short $short:literal) => { Some($short) };
}

intrinsics! {
    Name Str "span:name" "name";
    Duration Duration "span:duration" "duration";
    Status Status "span:status" "status";
    StatusMessage Str "span:statusMessage" "statusMessage";
    Kind Kind "span:kind" "kind";
    SpanId Str "span:id";
    ParentId Str "span:parentID";
    ChildCount Int "span:childCount";
    TraceDuration Duration "trace:duration" "traceDuration";
    RootName Str "trace:rootName" "rootName";
    RootService Str "trace:rootService" "rootServiceName";
    TraceId Str "trace:id";
    EventName Str "event:name";
    EventTime Duration "event:timeSinceStart";
    LinkTrace Str "link:traceID";
    LinkSpan Str "link:spanID";
    ScopeName Unknown "instrumentation:name";
    ScopeVersion Unknown "instrumentation:version";
    SetLeft Int "nestedSetLeft";
    SetRight Int "nestedSetRight";
    SetParent Int "nestedSetParent";
    Op Op "span:op";
    SessionId Str "session:id";
    SessionFramework Str "session:framework";
    SessionAgent Str "session:agent";
    SessionRoom Str "session:room";
    TurnNumber Int "turn:number";
    TurnRole Str "turn:role";
    TurnText Str "turn:text";
    TurnInterrupted Bool "turn:interrupted";
    TurnE2e Duration "turn:e2e";
    TurnAgent Str "turn:agent";
    ToolName Str "tool:name";
    ToolError Str "tool:error";
    ToolArguments Str "tool:arguments";
    ToolOutput Str "tool:output";
    ToolCallId Str "tool:callId";
    LlmTtft Duration "llm:ttft";
    LlmModel Str "llm:model";
    TtsTtfb Duration "tts:ttfb";
    EouDelay Duration "eou:delay";
}

impl Intrinsic {
    /// The intrinsic of a name, scoped or short.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|i| i.name() == name || i.short() == Some(name))
    }

    /// Whether it belongs to the voice vocabulary rather than to Tempo's.
    #[must_use]
    pub fn is_voice(self) -> bool {
        self >= Self::Op
    }
}

#[cfg(test)]
mod tests {
    use super::{Attr, Intrinsic, Scope};

    #[test]
    fn names_are_found_in_both_forms() {
        assert_eq!(Intrinsic::from_name("rootServiceName"), Some(Intrinsic::RootService));
        assert_eq!(Intrinsic::from_name("trace:rootService"), Some(Intrinsic::RootService));
        assert_eq!(Intrinsic::from_name("trace:rootServiceName"), None);
        assert_eq!(Intrinsic::from_name("childCount"), None);
        assert!(Intrinsic::EouDelay.is_voice() && !Intrinsic::SetParent.is_voice());
    }

    #[test]
    fn odd_names_are_quoted() {
        let print = |name: &str| Attr::Custom { scope: Scope::Any, name: name.into() }.to_string();
        assert_eq!(print("a-1:b"), ".a-1:b");
        assert_eq!(print("a b"), ".\"a b\"");
        assert_eq!(print("5"), ".\"5\"");
        assert_eq!(print("a\"\\"), ".\"a\\\"\\\\\"");
    }
}
