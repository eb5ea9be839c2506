// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract some of whose verbs can be paused
/// @notice The list is code: nobody can add a verb to it. See IAuthority for who pauses, and for how long.
interface IPausable {
    /// @notice Whether a verb can be paused. Refusing, refunding, withdrawing, changing one's own key and posting
    /// checkpoints never can.
    /// @param selector The verb.
    function isPausable(bytes4 selector) external pure returns (bool);
}
