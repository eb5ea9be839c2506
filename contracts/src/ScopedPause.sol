// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./interfaces/IAuthority.sol";
import {IPausable} from "./interfaces/IPausable.sol";

/// @title What a contract inherits to have verbs that can be paused
/// @dev The Authority is asked by verbs with the modifier alone: nothing that it says, or fails to say, stops any other.
abstract contract ScopedPause is IPausable {
    /// @dev Every verb with this modifier belongs in `isPausable`, and no other.
    modifier pausable() {
        uint48 until = IAuthority(_pauseAuthority()).pausedUntil(address(this), msg.sig);
        if (until != 0) revert IAuthority.Authority_Paused(address(this), msg.sig, until);
        _;
    }

    /// @inheritdoc IPausable
    function isPausable(bytes4 selector) external pure virtual override returns (bool);

    /// @dev Who is asked.
    function _pauseAuthority() internal view virtual returns (address);
}
