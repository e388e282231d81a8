//! Numbers that the database gives to things. One type each, so that a site cannot stand where a
//! service is meant.

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i32);

        impl $name {
            /// Wraps a number read from the database.
            pub fn from_db(id: i32) -> $name {
                $name(id)
            }

            pub fn get(self) -> i32 {
                self.0
            }
        }
    )*};
}

id!(ProviderId, ServiceId, ModelId, SiteId, GroupId, BatchId, ApiKeyId, FactorSetId, DisclosureId, JobId);
