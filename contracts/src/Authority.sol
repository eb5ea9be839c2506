// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The consortium's authority is OpenZeppelin's AccessManager as it is. Importing it here has it compiled with the same
// settings as our own contracts, for deployment.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
